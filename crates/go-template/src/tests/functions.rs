//! Sprig's functions, one row or more each.

use super::{check, check_errors};

const JSON: &str = r#"{"name": "web", "n": 3, "nil": null, "list": ["b", "a", "b"], "mixed": ["a", 1, null, 2.5, ""],
    "map": {"b": 2, "a": {"x": "y"}}, "html": "<a href=\"b\">&'c'</a>"}"#;

#[test]
fn strings() {
    check(
        JSON,
        &[
            (
                "{{ trim \"  a b \" }}|{{ trimAll \"$\" \"$5.00$\" }}|{{ trimSuffix \"-\" \"a-\" }}|{{ trimPrefix \"-\" \"-a\" }}",
                "a b|5.00|a|a",
            ),
            (
                "{{ upper \"aé\" }}{{ lower \"AÉ\" }}{{ title \"hello big-world\" }}{{ untitle \"Hello World\" }}",
                "AÉaéHello Big-Worldhello world",
            ),
            (
                "{{ repeat 3 \"ab\" }}{{ substr 0 5 \"hello world\" }}{{ substr 6 -1 \"hello world\" }}{{ substr -1 4 \"hello\" }}",
                "abababhelloworldhell",
            ),
            (
                "{{ nospace \" h e l\\tlo \" }}{{ trunc 5 \"hello world\" }}{{ trunc -5 \"hello world\" }}{{ trunc 50 \"x\" }}",
                "hellohelloworldx",
            ),
            (
                "{{ abbrev 5 \"hello world\" }} {{ abbrevboth 5 10 \"1234 5678 9123\" }} {{ abbrev 2 \"hello\" }}",
                "he... ...5678... hello",
            ),
            (
                "{{ initials \"First Try\" }} {{ plural \"one\" \"many\" 1 }} {{ len .list | plural \"one\" \"many\" }}",
                "FT one many",
            ),
            (
                "{{ contains \"cat\" \"catch\" }}{{ hasPrefix \"ca\" \"catch\" }}{{ hasSuffix \"x\" \"catch\" }}",
                "truetruefalse",
            ),
            (
                "{{ quote \"a\" .nil 1 \"b\\\"\" }} {{ squote \"a\" 1 }}",
                "\"a\" \"1\" \"b\\\"\" 'a' '1'",
            ),
            (
                "{{ quote .nil }}|{{ cat \"hello\" .nil \"beautiful\" 1 }}",
                "|hello beautiful 1",
            ),
            (
                "{{ indent 2 \"a\\nb\" }}|{{ nindent 2 \"a\\nb\" }}",
                "  a\n  b|\n  a\n  b",
            ),
            (
                "{{ \"I Am Henry VIII\" | replace \" \" \"-\" }}",
                "I-Am-Henry-VIII",
            ),
            (
                "{{ wrap 5 \"aaa bbb ccccccccc d\" }}|{{ wrapWith 5 \"\\t\" \"Hello World\" }}|{{ wrapWith 3 \"-\" \"abcdefgh\" }}",
                "aaa\nbbb\nccccccccc\nd|Hello\tWorld|abc-def-gh",
            ),
            (
                "{{ snakecase \"FirstName\" }} {{ kebabcase \"FirstName\" }} {{ camelcase \"http_server\" }}",
                "first_name first-name HttpServer",
            ),
            (
                "{{ snakecase \"HTTPServer\" }} {{ snakecase \"NoHTTPS\" }} {{ snakecase \"GO_PATH\" }} {{ snakecase \"HTTP20xOK\" }}",
                "http_server no_https go_path http_20x_ok",
            ),
            (
                "{{ snakecase \"Duration2m3s\" }} {{ snakecase \"Bld4Floor3rd\" }} {{ snakecase \"http2xx\" }} {{ snakecase \"GO PATH\" }}",
                "duration_2m3s bld4_floor_3rd http_2xx go_path",
            ),
            (
                "{{ swapcase \"This Is A.Test\" }} {{ toString 1.5 }} {{ hello }}",
                "tHIS iS a.tEST 1.5 Hello!",
            ),
        ],
    );
}

#[test]
fn lists_of_strings() {
    check(
        JSON,
        &[
            (
                "{{ join \"_\" .list }} {{ join \"-\" .mixed }} {{ join \",\" 5 }}",
                "b_a_b a-1-2.5- 5",
            ),
            (
                "{{ splitList \"$\" \"foo$bar$baz\" }} {{ len (splitList \",\" \"\") }}",
                "[foo bar baz] 1",
            ),
            (
                "{{ $a := split \"$\" \"foo$bar\" }}{{ $a._0 }}{{ $a._1 }}{{ (splitn \"$\" 2 \"a$b$c\")._1 }}",
                "foobarb$c",
            ),
            (
                "{{ sortAlpha .list }} {{ toStrings (list 1 2) }} {{ typeOf (toStrings .list) }}",
                "[a b b] [1 2] []string",
            ),
            ("{{ splitList \"\" \"abc\" }}", "[a b c]"),
        ],
    );
}

#[test]
fn numbers() {
    check(
        JSON,
        &[
            (
                "{{ add 1 2 3 }} {{ add1 .n }} {{ sub 5 2 }} {{ div 10 3 }} {{ mod 10 3 }} {{ mul 1 2 3 }}",
                "6 4 3 3 1 6",
            ),
            (
                "{{ typeOf (add 1) }} {{ typeOf (atoi \"1\") }} {{ typeOf (int64 1) }} {{ typeOf (float64 1) }}",
                "int64 int int64 float64",
            ),
            (
                "{{ max 1 5 3 }} {{ min 1 -5 3 }} {{ biggest 1 2 }} {{ add \"3\" 1.9 true .nil \"x\" }}",
                "5 -5 2 5",
            ),
            (
                "{{ ceil 123.001 }} {{ floor 123.9 }} {{ round 123.555555 3 }} {{ round 123.4 0 }}",
                "124 123 123.556 123",
            ),
            (
                "{{ addf 0.1 0.2 }} {{ subf 7.5 2 3 }} {{ mulf 1.5 2 2 }} {{ divf 10 2 4 }} {{ divf 1 3 }}",
                "0.3 2.5 6 1.25 0.3333333333333333",
            ),
            (
                "{{ maxf 1 2.5 3 }} {{ minf 1.5 2 }} {{ add1f 1.5 }}",
                "3 1.5 2.5",
            ),
            (
                "{{ until 5 }} {{ until -2 }} {{ untilStep 3 6 2 }} {{ untilStep 6 3 2 }}",
                "[0 1 2 3 4] [0 -1] [3 5] []",
            ),
            (
                "{{ seq 5 }} {{ seq -3 }} {{ seq 0 2 }} {{ seq 2 -2 }} {{ seq 0 2 10 }} {{ seq 0 -2 -5 }}",
                "1 2 3 4 5 1 0 -1 -2 -3 0 1 2 2 1 0 -1 -2 0 2 4 6 8 10 0 -2 -4",
            ),
            (
                "{{ seq 1 2 9223372036854775807 }}|{{ seq 9223372036854775807 }}",
                "|",
            ),
            (
                "{{ int \"12\" }} {{ int 3.9 }} {{ int64 \"0x10\" }} {{ float64 \"1.5\" }} {{ atoi \"42\" }} {{ atoi \"x\" }}",
                "12 3 16 1.5 42 0",
            ),
            (
                "{{ toDecimal \"777\" }} {{ toDecimal 10 }} {{ duration \"3723\" }} {{ duration 95 }}",
                "511 8 1h2m3s 0s",
            ),
            ("{{ add 9223372036854775807 1 }}", "-9223372036854775808"),
        ],
    );
}

#[test]
fn lists() {
    check(
        JSON,
        &[
            (
                "{{ list 1 \"a\" }} {{ first .list }} {{ last .list }} {{ rest .list }} {{ initial .list }}",
                "[1 a] b b [a b] [b a]",
            ),
            ("{{ first list }} {{ rest list }}", "<no value> []"),
            (
                "{{ append .list \"z\" }} {{ prepend .list \"z\" }} {{ concat .list (list 1) .list }}",
                "[b a b z] [z b a b] [b a b 1 b a b]",
            ),
            (
                "{{ reverse .list }} {{ uniq .list }} {{ without .list \"a\" }} {{ compact .mixed }}",
                "[b a b] [b a] [b b] [a 1 2.5]",
            ),
            (
                "{{ has \"a\" .list }} {{ has 1 .mixed }} {{ has (add 1) .mixed }} {{ has \"a\" .nil }}",
                "true true false false",
            ),
            (
                "{{ slice .list 1 }} {{ slice .list 1 2 }} {{ chunk 2 (list 1 2 3) }} {{ typeOf (chunk 2 .list) }}",
                "[a b] [a] [[1 2] [3]] [][]interface {}",
            ),
            (
                "{{ has 4 (list 1 2 3) }} {{ tuple 1 2 }} {{ push .list 1 }}",
                "false [1 2] [b a b 1]",
            ),
        ],
    );
}

#[test]
fn dictionaries() {
    check(
        JSON,
        &[
            (
                "{{ dict \"a\" 1 \"b\" }} {{ get .map \"b\" }} {{ get .map \"no\" }}|",
                "map[a:1 b:] 2 |",
            ),
            (
                "{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ $d }}{{ $_ := unset $d \"a\" }}{{ $d }}",
                "map[a:1 b:2]map[b:2]",
            ),
            (
                "{{ hasKey .map \"a\" }} {{ hasKey .no \"a\" }} {{ keys .map }} {{ keys .no }} {{ values .map }}",
                "true false [a b] [] [map[x:y] 2]",
            ),
            (
                "{{ pick .map \"b\" }} {{ omit .map \"b\" }} {{ pluck \"b\" .map (dict \"b\" 5) (dict) }}",
                "map[b:2] map[a:map[x:y]] [2 5]",
            ),
            (
                "{{ dig \"a\" \"x\" \"no\" .map }} {{ dig \"a\" \"q\" \"no\" .map }} {{ dig \"q\" \"x\" \"no\" .map }}",
                "y no no",
            ),
            (
                "{{ $d := dict \"a\" 1 \"z\" 0 }}{{ $m := merge $d (dict \"a\" 2 \"b\" 3 \"z\" 9) }}{{ $d }}{{ $m }}",
                "map[a:1 b:3 z:9]map[a:1 b:3 z:9]",
            ),
            (
                "{{ mergeOverwrite (dict \"a\" 1 \"n\" (dict \"x\" 1)) (dict \"a\" 2 \"n\" (dict \"y\" 2)) }}",
                "map[a:2 n:map[x:1 y:2]]",
            ),
            (
                "{{ merge (dict \"n\" (dict \"x\" 1)) (dict \"n\" (dict \"x\" 5 \"y\" 2)) }}",
                "map[n:map[x:1 y:2]]",
            ),
            (
                "{{ $c := deepCopy .map }}{{ $_ := set $c.a \"x\" 0 }}{{ .map.a.x }}{{ deepEqual .map (deepCopy .map) }}",
                "ytrue",
            ),
            (
                "{{ deepEqual 1 (add 1) }}{{ deepEqual (list \"a\") (splitList \",\" \"a\") }}",
                "falsefalse",
            ),
        ],
    );
}

#[test]
fn defaults_and_json() {
    check(
        JSON,
        &[
            (
                "{{ default \"foo\" .nil }} {{ .name | default \"x\" }} {{ default 5 0 }} {{ default \"a\" \"\" }}",
                "foo web 5 a",
            ),
            (
                "{{ empty 0 }}{{ empty .no }}{{ empty \"a\" }} {{ coalesce 0 .nil \"a\" }} {{ coalesce 0 }}",
                "truetruefalse a <no value>",
            ),
            (
                "{{ all 1 0 }}{{ all 1 2 }}{{ any 0 1 }}{{ any 0 }} {{ ternary \"a\" \"b\" true }}{{ false | ternary \"a\" \"b\" }}",
                "falsetruetruefalse ab",
            ),
            (
                "{{ toJson .map }} {{ toRawJson .html }}",
                "{\"a\":{\"x\":\"y\"},\"b\":2} \"<a href=\\\"b\\\">&'c'</a>\"",
            ),
            (
                "{{ toJson .html }}",
                "\"\\u003ca href=\\\"b\\\"\\u003e\\u0026'c'\\u003c/a\\u003e\"",
            ),
            (
                "{{ toPrettyJson .map }}{{ toPrettyJson list }}",
                "{\n  \"a\": {\n    \"x\": \"y\"\n  },\n  \"b\": 2\n}[]",
            ),
            (
                "{{ toJson 1234567.0 }} {{ toJson 1e21 }} {{ toJson 1e-7 }} {{ toJson .nil }}",
                "1234567 1e+21 1e-7 null",
            ),
            (
                "{{ (fromJson \"{\\\"a\\\": [1, null, true]}\").a }} {{ fromJson \"{\" }} {{ typeOf (fromJson \"1\") }}",
                "[1 <nil> true] <no value> float64",
            ),
        ],
    );
}

#[test]
fn encodings() {
    check(
        JSON,
        &[
            (
                "{{ b64enc \"hello\" }} {{ b64dec \"aGVsbG8=\" }} {{ b32enc \"hello\" }} {{ b32dec \"NBSWY3DP\" }} {{ b32enc \"a\" }} {{ b32dec \"ME======\" }}",
                "aGVsbG8= hello NBSWY3DP hello ME====== a",
            ),
            (
                "{{ sha1sum \"abc\" }}",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                "{{ sha256sum \"abc\" }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "{{ sha512sum \"abc\" | trunc 16 }} {{ adler32sum \"Wikipedia\" }}",
                "ddaf35a193617aba 300286872",
            ),
            (
                "{{ html .html }}",
                "&lt;a href=&#34;b&#34;&gt;&amp;&#39;c&#39;&lt;/a&gt;",
            ),
            (
                "{{ js \"a'b\\n<\" }} {{ urlquery \"a b&c/é\" }}",
                "a\\'b\\u000A\\u003C a+b%26c%2F%C3%A9",
            ),
        ],
    );
}

#[test]
fn regular_expressions() {
    check(
        JSON,
        &[
            (
                "{{ regexMatch \"^[a-z0-9_.-]{1,253}$\" \"a.b-c\" }} {{ regexMatch \"^/|(/([^/]+))+$\" \"x\" }} {{ regexMatch \"(\" \"x\" }}",
                "true false false",
            ),
            (
                "{{ regexFind \"[a-zA-Z][1-9]\" \"abcd1234\" }} {{ regexFindAll \"[2,4,6,8]\" \"123456789\" -1 }} {{ regexFindAll \"a\" \"aaa\" 2 }}",
                "d1 [2 4 6 8] [a a]",
            ),
            (
                "{{ regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }} {{ regexReplaceAllLiteral \"a(x*)b\" \"-ab-axxb-\" \"${1}\" }}",
                "-W-xxW- -${1}-${1}-",
            ),
            (
                "{{ regexSplit \"z+\" \"pizza\" -1 }} {{ regexSplit \"z\" \"pizza\" 2 }} {{ regexSplit \"\" \"abc\" -1 }}",
                "[pi a] [pi za] [a b c]",
            ),
            (
                "{{ regexQuoteMeta \"1.2.3\" }} {{ regexMatch \"^\\\\w+$\" \"é\" }} {{ regexMatch \"^[\\\\d[&&-]+$\" \"1[&\" }}",
                "1\\.2\\.3 false true",
            ),
            (
                "{{ regexMatch \"^\\\\Qa.b\\\\E$\" \"a.b\" }} {{ regexMatch \"\\\\<x\" \"<x\" }}",
                "true true",
            ),
        ],
    );
}

#[test]
fn kinds_paths_addresses_versions() {
    check(
        JSON,
        &[
            (
                "{{ typeOf .map }} {{ kindOf .map }} {{ kindOf .list }} {{ kindOf .nil }} {{ kindIs \"int\" 1 }} {{ typeIs \"string\" \"a\" }}",
                "map[string]interface {} map slice invalid true true",
            ),
            ("{{ typeIsLike \"int\" 1 }} {{ typeOf .nil }}", "true <nil>"),
            (
                "{{ base \"a/b.txt\" }} {{ dir \"a/b/c\" }} {{ clean \"a/../b//c/.\" }} {{ ext \"a.tar.gz\" }} {{ isAbs \"/a\" }} {{ base \"\" }} {{ base \"/\" }}",
                "b.txt a/b b/c .gz true . /",
            ),
            (
                "{{ dir \"a\" }} {{ clean \"/../a\" }} {{ osBase \"a/b\" }}",
                ". /a b",
            ),
            (
                "{{ $u := urlParse \"http://admin:secret@server.com:8080/api?list=false#anchor\" }}{{ $u.host }} {{ $u.hostname }} {{ $u.userinfo }} {{ $u.path }} {{ $u.query }} {{ $u.fragment }}",
                "server.com:8080 server.com admin:secret /api list=false anchor",
            ),
            (
                "{{ urlJoin (dict \"fragment\" \"fragment\" \"host\" \"host:80\" \"path\" \"/path\" \"query\" \"query\" \"scheme\" \"http\") }}",
                "http://host:80/path?query#fragment",
            ),
            (
                "{{ semverCompare \"1.2.3\" \"1.2.3\" }} {{ semverCompare \"^1.2.0\" \"1.9.9\" }} {{ semverCompare \"^1.2.0\" \"2.0.0\" }} {{ semverCompare \"~1.2.0\" \"1.2.9\" }} {{ semverCompare \"~1.2.0\" \"1.3.0\" }}",
                "true true false true false",
            ),
            (
                "{{ semverCompare \">=1.2.0, <2\" \"1.5.0\" }} {{ semverCompare \"1.2 - 1.4.5\" \"1.3.0\" }} {{ semverCompare \"1.x || >=3\" \"3.1.0\" }} {{ semverCompare \">=1.2.0\" \"1.3.0-rc1\" }} {{ semverCompare \">=1.2.0-0\" \"1.3.0-rc1\" }}",
                "true true true false true",
            ),
            (
                "{{ (semver \"1.2.3-alpha.1+123\").Minor }} {{ (semver \"v1.2\").Patch }} {{ semverCompare \"^0.2.3\" \"0.2.9\" }} {{ semverCompare \"^0.2.3\" \"0.3.0\" }}",
                "2 0 true false",
            ),
        ],
    );
}

#[test]
fn what_go_does_differently_than_its_documentation_suggests() {
    check(
        JSON,
        &[
            (
                "{{ int \"2.7\" }} {{ mul 2 \"2.7\" }} {{ until (int \"3.2\") }} {{ int \"1_000\" }} {{ int \"1e3\" }} {{ int 1e20 }}",
                "2 4 [0 1 2] 1000 0 -9223372036854775808",
            ),
            (
                "{{ regexMatch \"x{y}\" \"x{y}\" }} {{ mustRegexMatch \"a{ 1 }\" \"a{ 1 }\" }} {{ mustRegexMatch `\\101` \"A\" }} {{ regexReplaceAll \"(?P<n>a)|(?P<n>b)\" \"ab\" \"<$n>\" }}",
                "true true true <a><b>",
            ),
            (
                "{{ $v := semver \"v1.2.3-rc.1\" }}{{ $v }} {{ toString $v }} {{ toJson $v }} {{ $v.IncPatch }} {{ $v.Compare (semver \"1.3\") }} {{ $v.Original }} {{ typeOf $v }}",
                "1.2.3-rc.1 1.2.3-rc.1 \"1.2.3-rc.1\" 1.2.3 -1 v1.2.3-rc.1 *semver.Version",
            ),
            (
                "{{ abbrev 7 \"héllo wörld\" }} {{ snakecase \"x.y.Z\" }} {{ kebabcase \"FooBar\" }} {{ camelcase \"ABC_DEF g\" }}",
                "hél... x.y.z foo-bar AbcDefG",
            ),
            (
                "{{ list | toJson }} {{ concat | toJson }} {{ rest (list) | toJson }} {{ toJson (divf 1 3) }} {{ float64 \"inf\" | toJson }}|",
                "[] null null 0.3333333333333333 |",
            ),
            (
                "{{ html .nil 1 }} {{ urlquery .nil }} {{ js .nil }}",
                "&lt;no value&gt;1 %3Cno+value%3E \\u003Cno value\\u003E",
            ),
            (
                "{{ printf \"%b %x %X %.1x %#g\" 1.0 1.5 0.1 1.99 2.0 }}",
                "4503599627370496p-52 0x1.8p+00 0X1.999999999999AP-04 0x1.0p+01 2.00000",
            ),
            ("{{ .name | upper | }} {{ (1 | ) }}", "WEB 1"),
            (
                "{{ (urlParse \"http://a@b@c\").userinfo }} {{ (urlParse \"http://[fe80::1%25en0]:80/\").hostname }}",
                "a%40b fe80::1%en0",
            ),
        ],
    );
    check_errors(
        JSON,
        &[
            ("{{ deepCopy nil }}", "deepCopy nil", "no value to copy"),
            ("{{ set .no \"a\" 1 }}", "set .no \"a\" 1", "no map"),
            (
                "{{ mustRegexMatch \"a**\" \"a\" }}",
                "mustRegexMatch \"a**\" \"a\"",
                "not a regular expression",
            ),
            ("{{ urlParse \":x\" }}", "urlParse \":x\"", "scheme"),
            (
                "{{ semver \"1.2.3-01\" }}",
                "semver \"1.2.3-01\"",
                "version",
            ),
        ],
    );
}

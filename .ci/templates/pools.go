package main

// Operands as a template writes them.
var operands = map[string][]string{
	"int": {"0", "1", "-1", "2", "3", "5", "7", "10", "100", "255", "-5", "65", "8364", "1000000", "9223372036854775807",
		"-9223372036854775808", "0x1F", "'a'", "'\\n'", "0b11", "0o17", "017", "1_000", ".n", "(len .list)"},
	"small":   {"0", "1", "2", "3", "-1", "-3", "5", "10", ".n", "(int 2.7)", "(int \"3.2\")"},
	"float":   {"0.0", "1.5", "-2.5", "1e3", "1e21", "1e20", "1e-7", "1e-5", "3.999", "123456.789", "1e100", "0x1p4", "1234567.0", "0.1", ".5", "2.", "-0.0", ".f", "(float64 2)", "(divf 1 3)"},
	"bool":    {"true", "false", ".yes", ".no"},
	"nothing": {"nil", ".nil", ".missing", ".map.c", ".map.missing", "(first .none)"},
	"map":     {"(dict)", ".map", "(dict \"a\" 1)", "(dict \"a\" 1 \"b\" (list 1 2.5))", "(dict \"b\" (dict \"x\" 1 \"z\" nil))", "(dict \"x\" \"\")", ".map.b", "(fromJson `{\"k\":1.0}`)"},
	"list": {"(list)", ".list", ".none", "(list 1 2 3)", "(list \"a\" \"b\" \"\")", "(list 1 2.5 nil true)", "(splitList \",\" \"x,y,,x\")", "(until 3)",
		"(list (list 1) (list))", "(list (dict \"a\" 1))", "(list 1 1.0 \"1\")", "(toStrings (list 1 2))", "(chunk 2 (list 1 2 3))", "(list nil)", "(splitList \",\" \"\")"},
	"special": {".", "$", ".large", "(int64 5)", "(int64 -1)", "(index \"abc\" 1)", "(split \",\" \"p,q\")", "(semver \"1.2.3-a+b\")", "(urlParse \"http://u@h:1/p\")",
		"(fromJson \"1\")", "(fromJson \"null\")", "(atoi \"12\")", "(typeOf 1)", "(add 1 2)", "(add1 1)", "(floor 1.5)", "(toDecimal 17)"},
	"urlMap": {"(dict)", "(dict \"host\" \"h\")", "(dict \"scheme\" \"https\" \"host\" \"h:80\" \"path\" \"/a b\")", "(dict \"path\" \"p\" \"query\" \"q=1 2\")",
		"(urlParse \"http://u:p@h/p%20q?a=b#f\")", "(dict \"userinfo\" \"u:p\" \"host\" \"h\" \"fragment\" \"f g\")", "(dict \"scheme\" \"mailto\" \"opaque\" \"a@b\")",
		"(dict \"host\" 1)", "(dict \"scheme\" \"\" \"host\" \"h\" \"path\" \"x\" \"fragment\" \"\")", "(dict \"userinfo\" \"u:\" \"host\" \"h\")", "(dict \"scheme\" \"http\" \"path\" \"//x\")"},
}

// Strings, which are quoted in templates.
var texts = map[string][]string{
	"string": {"", "a", "abc", "Hello World", "héllo wörld", "日本語", "foo_bar-baz", "FooBar", "HTTPServer2xx", "  pad  ", "a,b,,c", "12", "x y\tz\nw",
		"<a href='x'>&\"</a>", "a\r\nb", "1.2.3", "İıß", "\u00a0x\u00a0", "e\u0301", "👍🏽", "\x01\x7f", "it's", "%d", "FirstName", "goPath", "no_https", "ALL_CAPS",
		"__private__", "a--b", "Bld4Floor3rd", "camelCase", "ÄÖÜ straße", "one two three four five", "ab\u2028c", "\\", "_a_b", "A", "aB", "1a2B", "x.y.Z", "\ufffd"},
	"digits": {"0", "12", "-7", "+5", "2.7", "-2.7", "3.", ".5", "1_000", "0x1F", "010", "08", "0o17", "0b101", "1e3", "1e400", "true", "T", "false", "NaN", "inf", "-Inf",
		" 3", "3 ", "", "x", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "0.0", "00", "-0", "1.0", "0x1p-2", "1__0", "_1", "007", "0.00", "12abc"},
	"version": {"1.2.3", "v1.2.3", "1.2", "1", "v1", "1.2.3-alpha.1+b5", "1.2.3-", "01.2.3", "1.02.3", "1.2.3-01", "1.2.3-0a", "1.2.3+01", "1.2.3.4", "", "a", " 1.2.3", "1.2.3 ", "-1", "1.2.3-α", "V1.2.3",
		"99999999999999999999.0.0", "1.2.3-a..b", "1.2-beta", "1-x", "1.x", "1..2", "1.2.3+a+b", "0.0.0", "2.0.0-rc.1", "1.2.3+", "1.-2.3"},
	"url": {"http://admin:secret@server.com:8080/api?list=false#anchor", "", "a", "/a/b", "//h/p", "http://h", "mailto:a@b.c", "http://h:port/", "http://[::1]:80/x", "http://h/%zz", "http://h/a%20b?c=d%20e#f%20g",
		":x", "http://u@h", "http://u:@h", "http://:p@h", "1http://h", "h:80", "http://h/?", "http://h/#", "HTTP://H/P", "http://ü.de/ä", "http://h /x", "http://h/a b", "http://a@b@c", "postgres://u:p%40w@h/db", "http://[::1", "file:///x", "?q", "#f", "http://h?q#f?g", "a:b:c", "./a:b", "http://h\x7f", "http://h:/", "a%2Fb/c", "http://h/a;b=c", "http://%41/"},
	"path":        {"", "/", "a", "/a/b.txt", "a/../b//c/.", "../x", "/../a", "a.tar.gz", ".hidden", "a/", "//a", "./", "..", "a/..", "C:\\x", "a.b/c", "a."},
	"base64":      {"", "aGk=", "aGk", "a", "YQ==", "Y Q==", "YQ=\n=", "!!", "w6k=", "_-8=", "YWI=YWI="},
	"base32":      {"", "NBSWY3DP", "ME======", "ME", "a", "me======", "NBSWY3DP\n", "18"},
	"json":        {"{}", "[]", "1", "-0", "1.5", "1e3", "\"a\"", "null", "true", "{\"a\": [1, 2.5, null, {\"b\": \"\\u00e9\"}]}", "[1,]", "{", "", " 1 ", "1 2", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "12345678901234567890", "\"\t\"", "nul", "[[[]]]", "'a'", "{\"z\":1,\"a\":{}}", "01", "1.", "1e999"},
	"duration":    {"0", "59", "60", "3600", "3723", "86400", "-5", "1.5", "x", "", "2.9", "010", "0x10", "9223372036854775807", "90061", "1e3"},
	"subject":     {"", "a", "abc", "aab", "foo123bar", "a.b-c", "x{y}", "a{1}", "héé", "日本", "line1\nline2", "AbC", "  ", "-ab-axxb-", "a1b22", "[x]", "\\", "a{ 1 }", "b{,2}", "\x07\x7f", "k\u212a"},
	"replacement": {"", "x", "$1", "${1}W", "$1W", "$0", "$$", "${name}", "$name", "$", "${", "${1", "$2", "\\1", "$é", "${1}${1}", "$01", "${}", "$-"},
	"type":        {"string", "int", "int64", "float64", "bool", "map", "slice", "ptr", "invalid", "[]interface {}", "map[string]interface {}", "*semver.Version", "semver.Version", "<nil>", "uint8", "[]string", "[]int"},
}

var versionOperators = []string{"", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "==", "<>", "= ", "> ", "~ ", "^ "}

var bounds = []string{"1.2.3", "1.2", "1", "v1.2.3", "1.x", "1.2.x", "*", "x", "1.2.*", "0.0.1", "0.1", "0.0", "0", "1.2.3-alpha", "1.2.3-0", "2.0.0", "1.3", "1.2.3-rc.1+b", "01.2", "1.2.3.4", "", "1.X.3", "a", "1.2.3-", "*.2", "0.x", "1.2.3+x"}

var separators = []string{",", ", ", " ", " || ", "||", " - ", "  ", " , ", "-", "|", ",,"}

var verbs = []string{"v", "+v", "#v", "d", "s", "q", "+q", "#q", "x", "X", "% x", "#x", "o", "O", "#o", "b", "c", "U", "#U", "e", "E", "f", "F", "g", "G", "t", "T", "%", "w", "z", "5d", "-5d", "05d", "+d", " d", "+05d", "x5d", "6.2f", "06.1f", "+.3e", ".0f", ".3g", "#g", "5s", "-5s", ".2s", "5.1s", "05s", "5q", ".1q", "10v", "-10v", "05v", "*d", ".*f", "[1]v", "[2]v", "[1]*d", "5t", "3c", "!", "5.v", "8b", "+x", "-08d", ".3x", "#X", "# x", "+.2q", "6.3v", "#.3g", "#v", "08.3f", "-+5d", "+s", ".3d", "8.3d", "#b", "9x"}

package main

import "strings"

// pattern gives a regular expression, or what looks like one.
func (g *generator) pattern(depth int) string {
	atoms := []string{"a", "b", "x", ".", "^", "$", "é", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\.", "\\x41", "\\x{e9}", "\\x{}", "\\07", "\\101", "\\1", "\\8", "\\0", "\\pL",
		"\\p{Greek}", "\\P{L}", "\\p{^Lu}", "\\pN", "\\p{Foo}", "\\n", "\\t", "\\a", "\\f", "\\v", "\\r", "\\e", "\\Q.\\E", "\\Qa+", "\\C", "\\y", "\\_", "\\-", "\\é", "\\", "\\<", "\\u0041", "\\R", "\\K", "\\h", "\\G",
		"[abc]", "[^a]", "[a-c]", "[]a]", "[^]]", "[a-]", "[-a]", "[a-c-e]", "[c-a]", "[\\d_]", "[\\w-]", "[a-\\d]", "[\\b]", "[[:alpha:]]", "[[:^digit:]]", "[[:foo:]]", "[:alpha:]", "[a&&b]", "[a[b]", "[", "]", "[]", "[^]", "[\\pL]", "[\\101]", "[a--b]", "[.]", "[\\n]", "[[:word:]x]", "[~]", "[\\Q]\\E]", "[\\x{41}-\\x{43}]", "[\\D]", "[\\]]", "[+--]", "[a-z0-9]", "[^\\S]",
		"{", "}", "{1}", "a{1}", "a{1,}", "a{1,2}", "a{,2}", "a{2,1}", "a{ 1 }", "a{1, 2}", "x{y}", "a{1001}", "a{1000}", "a{0}", "{,}", "a{-1}", "a{01}", "a{1",
		"*", "+", "?", "|", "(", ")", "()", "a*", "a+?", "a??", "a**", "a*+", "a++", "a?+", "a{2}*", "a{2}{3}", "(?:a)", "^*", "\\b+", "$?", " ", "#", "&", "~", "-", "/", "k", "(?i:K)", "(?i)s"}
	groups := []string{"(", "(?:", "(?P<name>", "(?<name>", "(?i)", "(?i:", "(?m)", "(?s)", "(?U)", "(?x)", "(?-i)", "(?i-s:", "(?=", "(?!", "(?<=", "(?>", "(?P=name)", "(?P<n-m>", "(?P<>", "(?", "(?#", "(?is)", "(?-)", "(?u)", "(?R)", "(?-s:", "(?P<é>", "(?i-:"}
	var out strings.Builder
	for count := 1 + g.random.Intn(3); count > 0; count-- {
		switch {
		case depth < 2 && g.chance(15):
			group := g.pick(groups)
			out.WriteString(group + g.pattern(depth+1))
			if !strings.HasSuffix(group, ")") && g.chance(95) {
				out.WriteString(")")
			}
			out.WriteString(g.pick([]string{"", "", "*", "+", "?", "{2}", "*?"}))
		case depth < 2 && g.chance(8):
			out.WriteString(g.pattern(depth+1) + "|" + g.pattern(depth+1))
		default:
			out.WriteString(g.pick(atoms))
		}
	}
	return out.String()
}

func (g *generator) format() string {
	var out strings.Builder
	for count := 1 + g.random.Intn(2); count > 0; count-- {
		out.WriteString("%" + g.pick(verbs) + g.pick([]string{"", "", " ", "|", "é", "%"}))
	}
	return out.String()
}

func (g *generator) version() string {
	if g.chance(40) {
		return g.pick(texts["version"])
	}
	return g.pick([]string{"0", "1", "2"}) + "." + g.pick([]string{"0", "1", "2", "3"}) + "." + g.pick([]string{"0", "1", "3", "4"}) + g.pick([]string{"", "", "", "-alpha", "-rc.1", "+b"})
}

func (g *generator) versionRange() string {
	var out strings.Builder
	for count := 1 + g.random.Intn(3); count > 0; count-- {
		out.WriteString(g.pick(versionOperators) + g.pick(bounds))
		if count > 1 {
			out.WriteString(g.pick(separators))
		}
	}
	return g.pick([]string{"", "", "", "", " "}) + out.String() + g.pick([]string{"", "", "", "", " ", ","})
}

// literal gives a constant, right or wrong, or a call of a method.
func (g *generator) literal() string {
	return g.pick([]string{
		"1", "+1", "-1", "1.", ".5", "1e5", "1e", "1_0", "_1", "1__0", "0x", "0xg", "0x1F", "0X1f", "0b12", "0b11", "0o8", "08", "017", "0_7", "1i", "2i", "1+2i", "0x1p", "0x1p4", "0x.8p1", "1e400", "99999999999999999999", "'a'", "'ab'",
		"''", "'\\n'", "'\\''", "'\\x41'", "'\\u00e9'", "'é'", "'\\400'", "'\\101'", "'a", "\"a", "\"a\\qb\"", "\"\\x41\\101\\u00e9\\U0001F600\"", "\"\\xff\"", "`a\\n`", "`a", "\"\\\"\"", "\"\\'\"", "1x", "1.2.3", "-", "+", "--1", "1 2", "true", "false", "True", "nil", "null", ".", "..", ".a.b", ".a..b",
		"$", "$.n", "$x", "$.map.b.x", ".map.b.x", ".n.x", ".s.x", ".nil.x", ".missing.x", ".missing.x.y", ".list.x", "(.map).a", "(list 1).x", "(dict \"a\" 1).a", "(dict \"a\" (dict \"b\" 2)).a.b", "\"a\".b", "1.a", "(1)", "((1))", "()", "(1) (2)", "(printf)",
		"(semver \"1.2.3-a.1+b\").Major", "(semver \"1.2.3\").IncPatch", "(semver \"1.2.3-a\").IncPatch", "(semver \"1.2.3\").IncMinor.String", "(semver \"v1.2\").IncMajor", "(semver \"1.2.3\").Compare (semver \"1.3\")", "(semver \"1.2.3\").LessThan (semver \"1.3\")",
		"(semver \"1.2.3\").GreaterThan (semver \"1.3\")", "(semver \"1.2\").Equal (semver \"1.2.0\")", "(semver \"v1.2\").Original", "(semver \"v1.2\").String", "(semver \"v1.2\").original", "(semver \"1.2.3\").Foo", "(semver \"1.2.3\") | toString", "(semver \"1.2-a\") | toJson", "semver \"v1\" | quote",
		"(semver \"1.2.3-a\").Prerelease", "(semver \"1.2.3+m\").Metadata", "printf \"%v %s %d\" (semver \"1.2.3\") (semver \"1.2\") (semver \"1\")", "(semver \"1.2.3\").Compare \"1.3\"", "(semver \"1.2.3\").Major 1", "(semver \"1.2.3\").SetPrerelease \"a\"", "(semver \"1\").SetMetadata \"m\"",
		"semver \"1.2.3\" | typeOf", "semver \"1.2.3\" | kindOf", "list (semver \"1.2\")", "dict \"v\" (semver \"1.2\") | toJson", "eq (semver \"1.2\") (semver \"1.2\")", "semver \"1.2.3\" | upper", "cat (semver \"1.2\") 1", "(semver \"1.2\").LessThanEqual (semver \"1.2\")",
		"upper", "upper |", "| upper", "\"a\" | upper |", "\"a\" || upper", "\"a\" | 1", "\"a\" | .n", "\"a\" | upper | lower", "\"a\"|upper", "1 | 2", "nil | quote", "upper\"a\"", "upper \"a\"\"b\"", "print 1(2)", "print (1)(2)", "print .n.s", "print .n .s", "print(1)", "print 1,2", "a", "if", "end", "else", "break", "continue", "define", "template", "block",
		"urlParse \"http://a:b@c/d\" | toJson", "(urlParse \"http://u:p@h:1/p\").host", "and", "or 0", "and 1 0 (fail \"x\")", "or 1 (fail \"x\")", "not", "print nil", "print .missing nil", "index", "index .list 9", "index .map \"q\"", "index .map 1", "index \"héllo\" 1", "slice \"abc\" 1", "slice .list 1", "len nil", "len 3", "call .n", "eq 1 1.0", "eq 1 \"1\"", "eq .nil nil", "lt 1 2.0", "lt \"a\" \"b\"", "eq .list .list", "ne .map .map",
	})
}

// shape gives a template of several actions.
func (g *generator) shape() string {
	value, body := g.value("any", 1), g.pick([]string{"{{ . }}", "x", "{{ $ }}", "{{ .a }}", "{{- . -}} ", "{{ $v }}", "{{ break }}", "{{ continue }}y", "{{ $i }}"})
	shape := g.pick([]string{
		"{{ if V }}B{{ else }}n{{ end }}", "{{ with V }}B{{ else }}n{{ end }}", "{{ range V }}B{{ else }}n{{ end }}", "{{ range $i, $v := V }}{{ $i }}={{ $v }},{{ end }}", "{{ range $v := V }}B{{ end }}",
		"{{ $v := V }}B{{ $v = 1 }}{{ $v }}", "a {{- V -}} b", "a\n{{- /* c */ -}}\nb{{ V }}", "{{/* c */}}{{ V }}", "{{ /* c */ }}{{ V }}", "{{- /* c */}}{{ V}}", "{{ define \"t\" }}B{{ end }}{{ template \"t\" V }}", "{{ block \"t\" V }}B{{ end }}", "{{ template \"t\" V }}",
		"{{ if V }}B{{ else if eq 1 1 }}m{{ end }}", "{{ with V }}B{{ else with 2 }}{{ . }}{{ end }}", "{{ range $i, $v := V }}{{ if $i }}{{ break }}{{ end }}{{ $v }}{{ end }}", "{{ if V }}B", "{{ end }}V", "{{ V }", "{{ V", "{{V}}", "{{-V}}", "{{ V -}} x", "{{ V - }}x", "{{\nV\n}}", "{{ range $i, $v = V }}{{ end }}", "{{ $v, $w := V }}",
		"{{ range $i := V }}{{ $i }} {{ end }}", "{{ V | len }}", "{{ V | index .map }}", "{{ $x := V | default 1 }}{{ $x }}", "{{ with $x := V }}{{ $x }}{{ end }}{{ $x }}", "{{ if and V 1 }}B{{ end }}", "{{ template \"t\" }}{{ define \"t\" }}{{ . }}{{ end }}", "{{ range 3 }}{{ . }}{{ end }}", "{{ $m := dict }}{{ $_ := set $m \"k\" V }}{{ $m }}",
		"{{ with V }}{{ . }}{{ else if 1 }}x{{ end }}", "{{ range V }}B{{ else if 1 }}x{{ end }}", "{{ V\t}}", "{{ (V) }}", "{{ (V | quote) }}", "{{ quote (V) | trim }}", "{{ break }}", "{{ define \"t\" }}{{ end }}{{ define \"t\" }}x{{ end }}{{ template \"t\" V }}", "{{ $v := V }}{{ $v | toJson }}", "{{ range $i, $v := V }}{{ else }}B{{ end }}",
	})
	return strings.NewReplacer("V", value, "B", body).Replace(shape)
}

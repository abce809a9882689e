//! `printf` and how values print.

use super::check;

const JSON: &str = r#"{"list": ["a", 1, null], "map": {"b": 2, "a": "x"}, "big": 18446744073709551615, "float": 1.0}"#;

#[test]
fn floats_print_as_go_prints_them() {
    check(
        JSON,
        &[
            (
                "{{ .float }} {{ 1.5 }} {{ 123456.0 }} {{ 1234567.0 }}",
                "1 1.5 123456 1.234567e+06",
            ),
            (
                "{{ 2270667198.58155 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1e21 }}",
                "2.27066719858155e+09 0.0001 1e-05 1e+21",
            ),
            (
                "{{ 20161216.0 }} {{ 100000.0 }} {{ 1e6 }} {{ -0.5 }}",
                "2.0161216e+07 100000 1e+06 -0.5",
            ),
            // Far more digits than a float has are zeros.
            (
                "{{ printf \"%.70000f\" 1.5 | len }} {{ printf \"%.70000e\" 1.5 | len }} {{ printf \"%.70000g\" 1.5 }}",
                "70002 70006 1.5",
            ),
            (
                "{{ printf \"%.1076f\" 5e-324 | trunc -9 }} {{ printf \"%.1075e\" 1.5 | trunc -6 }}",
                "726562500 00e+00",
            ),
            (
                "{{ printf \"%f %.2f %e %.1e %g %.3g\" 1.5 1.005 1.5 12345.0 1e7 1234.5 }}",
                "1.500000 1.00 1.500000e+00 1.2e+04 1e+07 1.23e+03",
            ),
            (
                "{{ printf \"%8.2f|%-8.2f|%08.2f|%+.1f\" 3.14159 3.14159 -3.14159 2.0 }}",
                "    3.14|3.14    |-0003.14|+2.0",
            ),
            (
                "{{ printf \"%.0f %.0f\" 9123456789012345678.0 2.5 }}",
                "9123456789012345856 2",
            ),
        ],
    );
}

#[test]
fn integers_and_strings() {
    check(
        JSON,
        &[
            (
                "{{ printf \"%d %5d %-5d| %05d %+d % d\" 42 42 42 42 42 42 }}",
                "42    42 42   | 00042 +42  42",
            ),
            (
                "{{ printf \"%x %X %#x %o %b %c %U %q\" 255 255 255 8 5 65 65 65 }}",
                "ff FF 0xff 10 101 A U+0041 'A'",
            ),
            (
                "{{ printf \"%05d %.3d %08b\" -42 7 5 }}",
                "-0042 007 00000101",
            ),
            (
                "{{ .big }} {{ printf \"%d\" .big }}",
                "18446744073709551615 18446744073709551615",
            ),
            (
                "{{ printf \"%s|%5s|%-5s|%.2s\" \"abc\" \"abc\" \"abc\" \"abc\" }}",
                "abc|  abc|abc  |ab",
            ),
            (
                "{{ printf \"%q %x %X % x\" \"a\\\"\\n\" \"hi\" \"hi\" \"hi\" }}",
                "\"a\\\"\\n\" 6869 6869 68 69",
            ),
            ("{{ printf \"%t %v\" true false }}", "true false"),
            ("{{ printf \"%*d|%-*d|\" 4 7 4 7 }}", "   7|7   |"),
            ("{{ printf \"%[2]d %[1]d\" 1 2 }}", "2 1"),
            ("{{ printf \"100%%\" }}", "100%"),
        ],
    );
}

#[test]
fn mistakes_print_as_go_prints_them() {
    check(
        JSON,
        &[
            ("{{ printf \"%d\" \"x\" }}", "%!d(string=x)"),
            ("{{ printf \"%s\" 1 }}", "%!s(int=1)"),
            (
                "{{ printf \"%s\" nil }} {{ printf \"%d\" .no }} {{ printf \"%v\" nil }}",
                "%!s(<nil>) %!d(<nil>) <nil>",
            ),
            ("{{ printf \"%d %d\" 1 }}", "1 %!d(MISSING)"),
            (
                "{{ printf \"%d\" 1 2 \"x\" }}",
                "1%!(EXTRA int=2, string=x)",
            ),
            ("{{ printf \"%\" }}", "%!(NOVERB)"),
            ("{{ printf \"%z\" 1 }}", "%!z(int=1)"),
            ("{{ printf \"%[5]d\" 1 }}", "%!d(BADINDEX)"),
            ("{{ printf \"%d\" 1.5 }}", "%!d(float64=1.5)"),
        ],
    );
}

#[test]
fn lists_maps_and_types() {
    check(
        JSON,
        &[
            (
                "{{ printf \"%v %s\" .list .list }}",
                "[a 1 <nil>] [a %!s(int=1) <nil>]",
            ),
            (
                "{{ printf \"%v %d\" .map .map }}",
                "map[a:x b:2] map[%!d(string=a):%!d(string=x) %!d(string=b):2]",
            ),
            (
                "{{ printf \"%#v\" .list }}",
                "[]interface {}{\"a\", 1, interface {}(nil)}",
            ),
            (
                "{{ printf \"%T %T %T %T %T\" 1 \"a\" .list .map 1.5 }}",
                "int string []interface {} map[string]interface {} float64",
            ),
            ("{{ printf \"%T\" nil }}", "<nil>"),
            (
                "{{ printf \"%q\" (splitList \",\" \"a,b\") }}",
                "[\"a\" \"b\"]",
            ),
            (
                "{{ print 1 2 \"a\" \"b\" 3 4.5 }}|{{ print }}|{{ println \"a\" 1 }}",
                "1 2ab3 4.5||a 1\n",
            ),
        ],
    );
}

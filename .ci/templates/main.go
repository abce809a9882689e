// Command templates writes template expressions and what Go's text/template with sprig makes of them, one in each line:
//
//	TEMPLATE<tab>=OUTPUT   rendered
//	TEMPLATE<tab>!         an error
//	TEMPLATE<tab>?         rendered to bytes that are not UTF-8
//
// Control characters and backslashes are escaped as in Go's strings. The same seed gives the same lines.
//
//	templates SEED COUNT   generated templates
//	templates              those on standard input, one in each line
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

// Longer results are not worth a line.
const longest = 300

// A map of these keys is also the data of the test that compares.
func data() map[string]interface{} {
	return map[string]interface{}{
		"n": 3, "f": 2.5, "s": "héllo", "empty": "", "yes": true, "no": false, "nil": nil,
		"list":  []interface{}{"b", "a", "b", 1, nil},
		"map":   map[string]interface{}{"a": 1, "b": map[string]interface{}{"x": "y"}, "c": nil},
		"none":  []interface{}{},
		"large": uint64(18446744073709551615),
	}
}

type limited struct{ bytes.Buffer }

var errTooLong = errors.New("too long")

func (out *limited) Write(text []byte) (int, error) {
	if out.Len()+len(text) > longest {
		return 0, errTooLong
	}
	return out.Buffer.Write(text)
}

// verdict gives what a template becomes, and false where that says nothing.
func verdict(text string) (string, bool) {
	parsed, err := template.New("").Funcs(sprig.TxtFuncMap()).Parse(text)
	if err != nil {
		return "!", true
	}
	var out limited
	if err := parsed.Execute(&out, data()); errors.Is(err, errTooLong) {
		return "", false
	} else if err != nil {
		return "!", true
	}
	if !utf8.Valid(out.Bytes()) {
		return "?", true
	}
	return "=" + escape(out.String()), true
}

// A map that contains itself ends Go's process when it is printed, and some loops never end.
var unsafe = regexp.MustCompile(`range.*(\.large|\d{15})|(set|[mM]erge).*(\.map.*\.map|[ (][.$][ )])`)

var address = regexp.MustCompile(`0xc000[0-9a-f]+`)

func escape(text string) string {
	var out strings.Builder
	for _, character := range text {
		if character < ' ' || character == 0x7f || character == '\\' || character == 0x85 || character == 0x2028 {
			quoted := strconv.Quote(string(character))
			out.WriteString(quoted[1 : len(quoted)-1])
		} else {
			out.WriteRune(character)
		}
	}
	return out.String()
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if len(os.Args) == 1 {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			result, _ := verdict(lines.Text())
			fmt.Fprintf(out, "%s\t%s\n", escape(lines.Text()), result)
		}
		return
	}
	seed, seedErr := strconv.ParseInt(os.Args[1], 10, 64)
	count, countErr := strconv.Atoi(os.Args[2])
	if err := errors.Join(seedErr, countErr); err != nil {
		panic(err)
	}
	generate(newGenerator(seed), count, out)
}

func generate(generator *generator, count int, out io.Writer) {
	for tried := map[string]bool{}; count > 0; {
		text := generator.template()
		if tried[text] || !utf8.ValidString(text) || unsafe.MatchString(text) {
			continue
		}
		tried[text] = true
		if result, useful := stable(text); useful {
			fmt.Fprintf(out, "%s\t%s\n", escape(text), result)
			count--
		}
	}
}

// stable gives the verdict, and false where it depends on the order of a map or on an address.
func stable(text string) (string, bool) {
	first, useful := verdict(text)
	for again := 0; again < 9 && useful; again++ {
		next, _ := verdict(text)
		useful = next == first
	}
	return first, useful && !address.MatchString(first)
}

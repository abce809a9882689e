// Command verdicts writes CEL expressions and what the API server's engine makes of them, one in each line:
//
//	OBJECT<tab>EXPRESSION<tab>=<tab>COST<tab>TYPE<tab>VALUE   what it costs, the type that the check finds, and the value
//	OBJECT<tab>EXPRESSION<tab>!<tab>MESSAGE                  an error of the evaluation
//	OBJECT<tab>EXPRESSION<tab>?<tab>LINE:COLUMN MESSAGE      the expression is refused: its first error
//
//	verdicts OBJECTS FILE..
//
// OBJECTS is a directory of objects as JSON. In a file, `@ NAME` names the object of the lines that follow, `#` begins a comment, and
// each other line is an expression. The object is `object`, and that called `params` is `params`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	celgo "cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	k8sjson "k8s.io/apimachinery/pkg/util/json"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type expression string

func (text expression) GetExpression() string      { return string(text) }
func (text expression) ReturnTypes() []*celgo.Type { return []*celgo.Type{celgo.AnyType} }

func main() {
	objects := readObjects(os.Args[1])
	compiler := plugincel.NewCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, path := range os.Args[2:] {
		file, err := os.Open(path)
		check(err)
		name := ""
		for lines := bufio.NewScanner(file); lines.Scan(); {
			line := strings.TrimSpace(lines.Text())
			if rest, found := strings.CutPrefix(line, "@ "); found {
				name = rest
			} else if line != "" && !strings.HasPrefix(line, "#") {
				fmt.Fprintf(out, "%s\t%s\t%s\n", name, line, verdict(compiler, line, objects[name], objects["params"]))
			}
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func readObjects(directory string) map[string]any {
	paths, err := filepath.Glob(filepath.Join(directory, "*.json"))
	check(err)
	objects := map[string]any{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		check(err)
		var object map[string]any
		// Whole numbers become int64 here, and float64 with encoding/json.
		check(k8sjson.Unmarshal(text, &object))
		objects[strings.TrimSuffix(filepath.Base(path), ".json")] = object
	}
	return objects
}

func verdict(compiler plugincel.Compiler, text string, object, params any) (verdict string) {
	// The check of cel-go panics over some maps with optional entries; the API server answers with an error then.
	defer func() {
		if recover() != nil {
			verdict = "?\tpanic"
		}
	}()
	// The mode for a policy that is created now.
	result := compiler.CompileCELExpression(expression(text), plugincel.OptionalVariableDeclarations{HasParams: true}, environment.NewExpressions)
	if result.Error != nil {
		return "?\t" + refusal(result.Error)
	}
	variables := map[string]any{"object": object, "oldObject": nil, "params": params, "request": nil, "namespaceObject": nil}
	value, details, err := result.Program.ContextEval(context.Background(), variables)
	if err != nil {
		return "!\t" + oneLine(err.Error())
	}
	cost := *details.ActualCost()
	// A macro over a map ends at the key that decides, and Go takes the keys in any order: the least cost of many is the same each time.
	for range 50 {
		_, details, _ := result.Program.ContextEval(context.Background(), variables)
		cost = min(cost, *details.ActualCost())
	}
	return fmt.Sprintf("=\t%d\t%s\t%s", cost, result.OutputType, show(value))
}

// refusal is the first line of the error, `ERROR: <input>:1:5: ..` as a rule.
func refusal(err *apiservercel.Error) string {
	text := strings.TrimPrefix(err.Detail, "compilation failed: ")
	text, _, _ = strings.Cut(text, "\n")
	return oneLine(strings.TrimPrefix(text, "ERROR: <input>:"))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// show writes a value so that its kind can be seen, in one line and with sorted maps.
func show(value ref.Val) string {
	switch value := value.(type) {
	case types.Null:
		return "null"
	case types.Bool:
		return strconv.FormatBool(bool(value))
	case types.Int:
		return strconv.FormatInt(int64(value), 10)
	case types.Uint:
		return strconv.FormatUint(uint64(value), 10) + "u"
	case types.Double:
		return "double(" + strconv.FormatFloat(float64(value), 'f', -1, 64) + ")"
	case types.String:
		return quote(string(value))
	case types.Bytes:
		return fmt.Sprintf("bytes(%x)", []byte(value))
	case types.Timestamp:
		return "timestamp(" + value.Time.UTC().Format(time.RFC3339Nano) + ")"
	case types.Duration:
		return fmt.Sprintf("duration(%d)", value.Duration.Nanoseconds())
	case *types.Optional:
		if !value.HasValue() {
			return "none"
		}
		return "some(" + show(value.GetValue()) + ")"
	case ref.Type:
		return "type(" + value.TypeName() + ")"
	case traits.Mapper:
		return "{" + strings.Join(entries(value), ", ") + "}"
	case traits.Lister:
		var items []string
		for iterator := value.Iterator(); iterator.HasNext() == types.True; {
			items = append(items, show(iterator.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return value.Type().TypeName() + "(" + shown(value) + ")"
}

func entries(value traits.Mapper) []string {
	var entries []string
	for iterator := value.Iterator(); iterator.HasNext() == types.True; {
		key := iterator.Next()
		entries = append(entries, show(key)+": "+show(value.Get(key)))
	}
	sort.Strings(entries)
	return entries
}

// shown is the text of a value of a type that Kubernetes adds.
func shown(value ref.Val) string {
	switch value := value.(type) {
	case apiservercel.Quantity:
		return value.Quantity.String()
	case *apiservercel.Quantity:
		return value.Quantity.String()
	case apiservercel.IP:
		return value.Addr.String()
	case apiservercel.CIDR:
		return value.Prefix.String()
	case apiservercel.Semver:
		return value.Version.String()
	}
	return ""
}

func quote(text string) string {
	encoded, err := json.Marshal(text)
	check(err)
	return string(encoded)
}

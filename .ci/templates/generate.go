package main

import (
	"math/rand"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/Masterminds/sprig/v3"
)

// Functions that score-rs refuses, or whose result is random: `spec/provisioners.md` lists them.
var excluded = strings.Fields(`
	now ago date dateInZone date_in_zone dateModify date_modify mustDateModify must_date_modify durationRound htmlDate
	htmlDateInZone toDate mustToDate unixEpoch env expandenv getHostByName bcrypt htpasswd derivePassword genPrivateKey
	buildCustomCert genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey encryptAES
	decryptAES randAlphaNum randAlpha randNumeric randAscii randBytes randInt shuffle uuidv4`)

// Go's own functions, which have no Go type that can be asked.
var builtIn = map[string][]string{
	"and": {"any", "any.."}, "or": {"any", "any.."}, "not": {"any"},
	"eq": {"any", "any", "any.."}, "ne": {"any", "any"}, "lt": {"any", "any"}, "le": {"any", "any"}, "gt": {"any", "any"}, "ge": {"any", "any"},
	"len": {"any"}, "index": {"any", "any", "any.."}, "print": {"any.."}, "println": {"any.."}, "html": {"any.."}, "js": {"any.."},
	"urlquery": {"any.."}, "printf": {"format", "any.."}, "call": {"any", "any.."},
	// Go's own slice is hidden by that of sprig.
}

// What arguments mean, where the type says too little.
var meanings = map[string][]string{
	"semver": {"version"}, "semverCompare": {"range", "version"},
	"regexQuoteMeta": {"pattern"}, "regexMatch": {"pattern", "subject"}, "regexFind": {"pattern", "subject"},
	"regexFindAll": {"pattern", "subject", "int"}, "regexReplaceAll": {"pattern", "subject", "replacement"},
	"regexReplaceAllLiteral": {"pattern", "subject", "replacement"}, "regexSplit": {"pattern", "subject", "int"},
	"mustRegexMatch": {"pattern", "subject"}, "mustRegexFind": {"pattern", "subject"}, "mustRegexFindAll": {"pattern", "subject", "int"},
	"mustRegexReplaceAll": {"pattern", "subject", "replacement"}, "mustRegexReplaceAllLiteral": {"pattern", "subject", "replacement"},
	"mustRegexSplit": {"pattern", "subject", "int"},
	"urlParse":       {"url"}, "urlJoin": {"urlMap"}, "fromJson": {"json"}, "mustFromJson": {"json"}, "b64dec": {"base64"}, "b32dec": {"base32"},
	"base": {"path"}, "dir": {"path"}, "clean": {"path"}, "ext": {"path"}, "isAbs": {"path"},
	"osBase": {"path"}, "osDir": {"path"}, "osClean": {"path"}, "osExt": {"path"}, "osIsAbs": {"path"},
	"duration": {"duration"}, "int": {"number"}, "int64": {"number"}, "float64": {"number"}, "atoi": {"digits"}, "toDecimal": {"number"},
	"add": {"number", "number.."}, "add1": {"number"}, "sub": {"number", "number"}, "div": {"number", "number"}, "mod": {"number", "number"},
	"mul": {"number", "number.."}, "max": {"number", "number.."}, "min": {"number", "number.."}, "biggest": {"number", "number.."},
	"addf": {"number", "number.."}, "add1f": {"number"}, "subf": {"number", "number.."}, "mulf": {"number", "number.."},
	"divf": {"number", "number.."}, "maxf": {"number", "number.."}, "minf": {"number", "number.."}, "ceil": {"number"}, "floor": {"number"},
	"round": {"number", "int", "float.."}, "until": {"small"}, "untilStep": {"small", "small", "small"}, "seq": {"small.."},
	"repeat": {"small", "string"}, "indent": {"small", "string"}, "nindent": {"small", "string"}, "chunk": {"small", "list"},
	"mustChunk": {"small", "list"}, "slice": {"list", "small.."}, "mustSlice": {"list", "small.."}, "dig": {"string", "string", "any", "map"},
	"typeIs": {"type", "any"}, "typeIsLike": {"type", "any"}, "kindIs": {"type", "any"},
	"join": {"string", "list"}, "sortAlpha": {"list"}, "toStrings": {"list"},
}

type generator struct {
	random *rand.Rand
	names  []string
	next   int
}

func newGenerator(seed int64) *generator {
	names := []string{}
	for name := range builtIn {
		names = append(names, name)
	}
	for name := range sprig.TxtFuncMap() {
		if !contains(excluded, name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return &generator{random: rand.New(rand.NewSource(seed)), names: names}
}

func contains(list []string, item string) bool {
	for _, other := range list {
		if item == other {
			return true
		}
	}
	return false
}

func (g *generator) pick(list []string) string { return list[g.random.Intn(len(list))] }

func (g *generator) chance(percent int) bool { return g.random.Intn(100) < percent }

// template gives one template. The functions take turns, so that each has its share.
func (g *generator) template() string {
	switch share := g.random.Intn(100); {
	case share < 6:
		return g.shape()
	case share < 12:
		return "{{ printf " + g.value("format", 0) + " " + g.value("any", 1) + " }}"
	case share < 20:
		function := g.pick([]string{"regexMatch", "mustRegexMatch", "mustRegexFind", "mustRegexReplaceAll", "regexFindAll"})
		return "{{ " + g.call(function, 0) + " }}"
	case share < 25:
		return "{{ " + g.call(g.pick([]string{"semver", "semverCompare"}), 0) + " }}"
	case share < 27:
		return "{{ " + g.literal() + " }}"
	}
	g.next = (g.next + 1) % len(g.names)
	return g.action(g.call(g.names[g.next], 0))
}

// action prints a value in one of several ways.
func (g *generator) action(value string) string {
	after := []string{"", "", "", "", "", "", " | toJson", " | typeOf", " | quote", " | toString | quote", " | default \"d\"", " | printf \"%T %v\" 1"}
	return "{{ " + value + g.pick(after) + " }}"
}

func (g *generator) call(name string, depth int) string {
	var out strings.Builder
	out.WriteString(name)
	parameters := g.parameters(name)
	if g.chance(3) {
		parameters = append(parameters, "any")
	} else if g.chance(2) && len(parameters) > 0 {
		parameters = parameters[1:]
	}
	for _, kind := range parameters {
		if g.chance(6) {
			kind = "any"
		}
		out.WriteString(" " + g.value(kind, depth+1))
	}
	return out.String()
}

// parameters gives the kind of each argument of a call, with up to three where any number may be.
func (g *generator) parameters(name string) []string {
	kinds, known := meanings[name]
	if !known {
		kinds, known = builtIn[name]
	}
	if !known {
		kinds = fromType(sprig.TxtFuncMap()[name])
	}
	var all []string
	for _, kind := range kinds {
		if single, open := strings.CutSuffix(kind, ".."); open {
			for count := g.random.Intn(4); count > 0; count-- {
				all = append(all, single)
			}
		} else {
			all = append(all, kind)
		}
	}
	return all
}

func fromType(function interface{}) []string {
	kinds := []string{}
	signature := reflect.TypeOf(function)
	for index := 0; index < signature.NumIn(); index++ {
		kind, open := signature.In(index), ""
		if signature.IsVariadic() && index == signature.NumIn()-1 {
			kind, open = kind.Elem(), ".."
		}
		switch kind.Kind() {
		case reflect.String:
			kinds = append(kinds, "string"+open)
		case reflect.Int:
			kinds = append(kinds, "int"+open)
		case reflect.Float64:
			kinds = append(kinds, "float"+open)
		case reflect.Bool:
			kinds = append(kinds, "bool"+open)
		case reflect.Map:
			kinds = append(kinds, "map"+open)
		default:
			kinds = append(kinds, "any"+open)
		}
	}
	return kinds
}

// value gives the text of an operand.
func (g *generator) value(kind string, depth int) string {
	switch kind {
	case "pattern":
		return literalText(g.pattern(0))
	case "format":
		return literalText(g.format())
	case "range":
		return literalText(g.versionRange())
	case "version":
		return literalText(g.version())
	case "any":
		if depth < 3 && g.chance(15) {
			return "(" + g.call(g.pick(g.names), depth) + ")"
		}
		kinds := []string{"string", "int", "float", "bool", "map", "list", "nothing", "special", "digits"}
		return g.value(g.pick(kinds), depth)
	case "number":
		return g.value(g.pick([]string{"int", "int", "float", "digits", "digits", "special", "nothing", "bool"}), depth)
	}
	pool := operands[kind]
	if texts, is := texts[kind]; is {
		return literalText(g.pick(texts))
	}
	return g.pick(pool)
}

// literalText writes a string as a constant of a template.
func literalText(text string) string {
	if strings.Contains(text, `\`) && strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

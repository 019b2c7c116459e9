package dynamotest

import (
	"maps"
	"slices"
	"strings"
)

// value is an attribute on the wire, of one of the types that are used.
type value struct {
	S *string `json:"S,omitempty"`
	N *string `json:"N,omitempty"`
	B []byte  `json:"B,omitempty"`
}

func (v value) equal(o value) bool {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	return text(v.S) == text(o.S) && text(v.N) == text(o.N) && string(v.B) == string(o.B)
}

func (v value) size() int {
	switch {
	case v.S != nil:
		return len(*v.S)
	case v.N != nil:
		return len(*v.N)/2 + 1
	default:
		return len(v.B)
	}
}

// item holds the attributes by name.
type item map[string]value

// size is the size by which limits and units are counted.
func (it item) size() int {
	n := 0
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

// primary is the key of an item.
type primary struct{ pk, sk string }

func (k primary) item() item { return item{pkName: {S: &k.pk}, skName: {S: &k.sk}} }

// The names of the key's attributes.
const (
	pkName = "pk"
	skName = "sk"
)

// The limits of the service, in bytes.
const (
	maxItem        = 400 << 10
	maxPK          = 2048
	maxSK          = 1024
	maxPage        = 1 << 20
	maxTransaction = 4 << 20
	maxBatch       = 16 << 20
)

// keyOf reads the key of an item, and refuses one that the service would refuse.
func keyOf(it item) primary {
	pk, sk := it[pkName].S, it[skName].S
	if pk == nil || sk == nil || *pk == "" || *sk == "" {
		refuse(validation, "One or more parameter values were invalid: a key attribute is missing, empty or not a string")
	}
	if len(*pk) > maxPK || len(*sk) > maxSK {
		refuse(validation, "One or more parameter values were invalid: a key is too long")
	}
	return primary{*pk, *sk}
}

// partition holds the items of one pk.
type partition struct {
	order []string // the sk, sorted
	items map[string]item
}

// table holds the items by their pk.
type table map[string]*partition

func (t table) get(k primary) (item, bool) {
	p := t[k.pk]
	if p == nil {
		return nil, false
	}
	it, ok := p.items[k.sk]
	return it, ok
}

func (t table) put(k primary, it item) {
	p := t[k.pk]
	if p == nil {
		p = &partition{items: map[string]item{}}
		t[k.pk] = p
	}
	if i, found := slices.BinarySearch(p.order, k.sk); !found {
		p.order = slices.Insert(p.order, i, k.sk)
	}
	p.items[k.sk] = it
}

func (t table) remove(k primary) {
	p := t[k.pk]
	if p == nil {
		return
	}
	if i, found := slices.BinarySearch(p.order, k.sk); found {
		p.order = slices.Delete(p.order, i, i+1)
	}
	delete(p.items, k.sk)
}

// expression is an expression of a request, with its placeholders.
type expression struct {
	text   string
	names  map[string]string
	values map[string]value
	used   map[string]bool
}

func newExpression(text string, names map[string]string, values map[string]value) *expression {
	return &expression{text: text, names: names, values: values, used: map[string]bool{}}
}

// name resolves a placeholder of a name.
func (e *expression) name(placeholder string) string {
	name, ok := e.names[placeholder]
	if !strings.HasPrefix(placeholder, "#") || !ok {
		refuse(validation, "Invalid expression %q: %q is not a placeholder of a name", e.text, placeholder)
	}
	e.used[placeholder] = true
	return name
}

// value resolves a placeholder of a value.
func (e *expression) value(placeholder string) value {
	v, ok := e.values[placeholder]
	if !strings.HasPrefix(placeholder, ":") || !ok {
		refuse(validation, "Invalid expression %q: %q is not a placeholder of a value", e.text, placeholder)
	}
	e.used[placeholder] = true
	return v
}

// done refuses placeholders that the expression does not use.
func (e *expression) done() {
	for _, p := range slices.Concat(slices.Collect(maps.Keys(e.names)), slices.Collect(maps.Keys(e.values))) {
		if !e.used[p] {
			refuse(validation, "Value provided in an expression is unused: %q in %q", p, e.text)
		}
	}
}

// holds evaluates a condition on the stored item.
func (e *expression) holds(it item) bool {
	defer e.done()
	if e.text == "" {
		return true
	}
	if name, ok := strings.CutPrefix(e.text, "attribute_not_exists("); ok && strings.HasSuffix(name, ")") {
		_, there := it[e.name(strings.TrimSuffix(name, ")"))]
		return !there
	}
	left, right, ok := strings.Cut(e.text, " = ")
	if !ok || strings.Contains(right, " ") {
		refuse(validation, "Invalid condition %q: it is not supported here", e.text)
	}
	name, want := e.name(left), e.value(right)
	got, there := it[name]
	return there && got.equal(want)
}

// between reads the range of a query.
func (e *expression) between() (pk, from, to string) {
	defer e.done()
	w := strings.Fields(e.text)
	if len(w) != 9 || w[1] != "=" || w[3] != "AND" || w[5] != "BETWEEN" || w[7] != "AND" || e.name(w[0]) != pkName || e.name(w[4]) != skName {
		refuse(validation, "Invalid key condition %q: it is not supported here", e.text)
	}
	first, last := e.value(w[6]).S, e.value(w[8]).S
	if *first > *last {
		refuse(validation, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
	}
	return *e.value(w[2]).S, *first, *last
}

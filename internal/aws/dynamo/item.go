package dynamo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"aitrader/internal/sim"
)

const (
	// formVersion is the version of the stored forms. A reader refuses a later
	// one, and reads every earlier one.
	formVersion = 1

	// plainSize is the length up to which a form is stored as text, which people can
	// read in the console; a longer text would take a second write unit.
	plainSize = 900

	// partSize bounds the part of a form that one item holds; an item may have 400 KB.
	partSize = 300_000

	// maxForm bounds a form as text, in bytes: a few zipped kilobytes could fill the memory.
	// The largest is the transcript of a session, which is bounded at 2 MiB before JSON
	// escapes it.
	maxForm = 32 << 20
)

// attributes are an item in the SDK's form.
type attributes = map[string]types.AttributeValue

// pack returns the items that hold a form: one, or several where it is long.
func pack(k key, rev int64, form any) ([]attributes, error) {
	text, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	if len(text) > maxForm {
		return nil, tooLarge(fmt.Sprintf("%s %s", k.pk, k.sk))
	}
	first := attributes{
		attrPK: textValue(k.pk), attrSK: textValue(k.sk),
		attrRev: numberValue(rev), attrForm: numberValue(formVersion),
	}
	if len(text) <= plainSize {
		first[attrJSON] = textValue(string(text))
		return []attributes{first}, nil
	}
	zipped := compress(text)
	first[attrGzip] = &types.AttributeValueMemberB{Value: zipped[:min(len(zipped), partSize)]}
	items := []attributes{first}
	for from := partSize; from < len(zipped); from += partSize {
		part := partKey(k, rev, len(items))
		items = append(items, attributes{
			attrPK: textValue(part.pk), attrSK: textValue(part.sk), attrPart: numberValue(int64(len(items))),
			attrGzip: &types.AttributeValueMemberB{Value: zipped[from:min(len(zipped), from+partSize)]},
		})
	}
	if len(items) > 1 {
		first[attrParts] = numberValue(int64(len(items)))
	}
	return items, nil
}

// partKey names a part after the first. It carries the revision, so that a reader never
// mixes the parts of two revisions.
func partKey(k key, rev int64, part int) key {
	return key{k.pk, fmt.Sprintf("%s#%d#%03d", k.sk, rev, part)}
}

// zippers are reused: a new one takes far more memory than most forms.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// compress never fails: it writes to memory.
func compress(text []byte) []byte {
	var out bytes.Buffer
	w, _ := zippers.Get().(*gzip.Writer) // the pool holds nothing else
	defer zippers.Put(w)
	w.Reset(&out)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}

// item is a form as it was read. The revision of one that is not stored is 0.
type item struct {
	key
	rev    int64
	parts  int // items that the form takes
	text   []byte
	zipped []byte // the first part, if it is not text
}

// unpack reads the first item of a form. part is true when it is a later one.
func unpack(a attributes) (it item, part bool, err error) {
	it.key = keyOf(a)
	if _, part = a[attrPart]; part {
		it.zipped = bytesOf(a[attrGzip])
		return it, true, nil
	}
	if form := numberOf(a[attrForm], 0); form < 1 || form > formVersion {
		return it, false, unreadable(it.key, fmt.Errorf("it has form %d, and this program knows 1 to %d", form, formVersion))
	}
	it.rev = numberOf(a[attrRev], 0)
	it.parts = int(numberOf(a[attrParts], 1))
	it.text, it.zipped = []byte(textOf(a[attrJSON])), bytesOf(a[attrGzip])
	return it, false, nil
}

func keyOf(a attributes) key { return key{textOf(a[attrPK]), textOf(a[attrSK])} }

// laterParts are the keys of what is still to be read of a form.
func (it item) laterParts() []key {
	var keys []key
	for part := 1; part < it.parts; part++ {
		keys = append(keys, partKey(it.key, it.rev, part))
	}
	return keys
}

// decode reads the form. An item that is not stored leaves it as it is.
func (it item) decode(form any) error {
	if it.rev == 0 {
		return nil
	}
	text := it.text
	if it.zipped != nil {
		var err error
		if text, err = decompress(it.zipped, maxForm); err != nil {
			return unreadable(it.key, err)
		}
	}
	if err := json.Unmarshal(text, form); err != nil {
		return unreadable(it.key, err)
	}
	return nil
}

// decompress returns a text of at most limit bytes.
func decompress(zipped []byte, limit int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("it unpacks to more than %d bytes", limit)
	}
	return text, err
}

// stored is a form with the revision that it was read with; 0: not stored.
type stored[T any] struct {
	key
	rev  int64
	form T
}

// formOf decodes an item.
func formOf[T any](it item) (f stored[T], err error) {
	f.key, f.rev = it.key, it.rev
	return f, it.decode(&f.form)
}

func textValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func numberValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func textOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func bytesOf(v types.AttributeValue) []byte {
	b, _ := v.(*types.AttributeValueMemberB)
	if b == nil {
		return nil
	}
	return b.Value
}

// numberOf reads a number; a missing one is none.
func numberOf(v types.AttributeValue, none int64) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		if value, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return value
		}
	}
	return none
}

// sizeOf is the size of an item as DynamoDB counts it, or a little more.
func sizeOf(a attributes) int {
	n := 0
	for name, v := range a {
		n += len(name) + len(textOf(v)) + len(bytesOf(v))
		if number, ok := v.(*types.AttributeValueMemberN); ok {
			n += len(number.Value)/2 + 2
		}
	}
	return n
}

// expires sets the time to live of an item.
func expires(a attributes, at time.Time) { a[attrExpires] = numberValue(at.Unix() + 1) }

// tooLarge is the error of a write that exceeds the limits of a transaction.
func tooLarge(what string) error {
	return sim.Errorf(sim.KindTooLarge, "%s is larger than what can be written at once (100 items and 4 MB)", what)
}

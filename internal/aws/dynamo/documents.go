package dynamo

import (
	"context"
	"strings"

	"aitrader/internal/sim"
)

// Shelf is a kind of documents.
type Shelf string

// The shelves.
const (
	Configurations Shelf = "CONFIG"    // JSON, as in a file
	Recordings     Shelf = "RECORDING" // position.jsonl
	News           Shelf = "NEWS"      // files of news
)

// documentForm is a document as it is stored.
type documentForm struct {
	Text string `json:"text"`
}

func documentKey(s Shelf, name string) key { return key{string(s), "DOC#" + name} }

// PutDocument stores a document under its name, in place of an earlier one.
func (s *Store) PutDocument(ctx context.Context, shelf Shelf, name string, text []byte) error {
	return update(ctx, func(ctx context.Context) error {
		f, err := getForm[documentForm](ctx, s, documentKey(shelf, name))
		if err != nil {
			return err
		}
		f.key, f.form = documentKey(shelf, name), documentForm{Text: string(text)}
		return s.write(ctx, "the document", f.put())
	})
}

// Document returns a document. Kind not_found: no document has that name.
func (s *Store) Document(ctx context.Context, shelf Shelf, name string) ([]byte, error) {
	f, err := getForm[documentForm](ctx, s, documentKey(shelf, name))
	if err != nil {
		return nil, translate(err)
	}
	if f.rev == 0 {
		return nil, sim.Errorf(sim.KindNotFound, "there is no %s %q", strings.ToLower(string(shelf)), name)
	}
	return []byte(f.form.Text), nil
}

// Documents lists the names of the documents of a shelf, sorted.
func (s *Store) Documents(ctx context.Context, shelf Shelf) (names []string, err error) {
	err = s.each(ctx, under(string(shelf), "DOC#"), func(it item) (bool, error) {
		names = append(names, strings.TrimPrefix(it.sk, "DOC#"))
		return true, nil
	})
	return names, translate(err)
}

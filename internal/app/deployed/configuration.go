package deployed

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/config"
	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

// Put says what was loaded with a configuration.
type Put struct {
	Name       string           `json:"name"`
	Models     []string         `json:"models"`
	Recordings []string         `json:"recordings"`
	News       string           `json:"news,omitempty"`
	Warnings   []config.Warning `json:"warnings"`
}

// PutConfiguration loads a configuration file under a name ("": that of the
// file), and before it the recordings and the file of news that it names, each
// under the path that stands there. The file is checked as the stack reads it: a
// key in plain text is refused. Kind invalid_request: it is wrong; nothing has
// been loaded.
func (s *Stack) PutConfiguration(ctx context.Context, name, file string) (Put, error) {
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	name, err := config.CleanName(name)
	if err != nil {
		return Put{}, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return Put{}, sim.Errorf(sim.KindInvalid, "%w", err)
	}
	found, documents, err := read(name, file, text)
	if err != nil {
		return Put{}, err
	}
	put := Put{Name: name, Recordings: []string{}, Warnings: found.Warnings}
	for _, m := range found.Models {
		put.Models = append(put.Models, m.Signature)
	}
	for _, d := range documents {
		if err := s.store.PutDocument(ctx, d.shelf, d.name, d.text); err != nil {
			return Put{}, err
		}
		if d.shelf == dynamo.News {
			put.News = d.name
		} else {
			put.Recordings = append(put.Recordings, d.name)
		}
	}
	return put, s.store.PutDocument(ctx, dynamo.Configurations, name, text)
}

// document is a file that a configuration names, by the path that stands there.
type document struct {
	shelf dynamo.Shelf
	name  string
	text  []byte
}

// read checks a configuration here, with the files that it names, and as the
// stack will read it.
func read(name, file string, text []byte) (config.Config, []document, error) {
	here, err := config.Load(file, config.Options{CheckModel: trader.Check, CheckNews: trader.NewsCheck()})
	if err != nil {
		return config.Config{}, nil, err
	}
	there, err := config.Decode(name+".json", text, config.Options{})
	if err != nil {
		return config.Config{}, nil, err
	}
	var documents []document
	seen := map[string]bool{}
	add := func(shelf dynamo.Shelf, name, path string) error {
		if name == "" || seen[string(shelf)+name] {
			return nil
		}
		seen[string(shelf)+name] = true
		content, err := os.ReadFile(path)
		if err != nil {
			return sim.Errorf(sim.KindInvalid, "%w", err)
		}
		documents = append(documents, document{shelf, name, content})
		return nil
	}
	for i, m := range there.Models {
		name, recorded := strings.CutPrefix(m.BaseModel, sim.RecordedPrefix)
		if !recorded || !m.Enabled && trader.Check(here.Models[i].ModelSpec) != nil { // of which a warning tells
			continue
		}
		if err := add(dynamo.Recordings, name, strings.TrimPrefix(here.Models[i].BaseModel, sim.RecordedPrefix)); err != nil {
			return config.Config{}, nil, err
		}
	}
	return here, documents, add(dynamo.News, there.Base.News.File, here.Base.News.File)
}

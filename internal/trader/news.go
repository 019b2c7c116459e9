package trader

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"aitrader/internal/news"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// NewsSources opens the sources of news that jobs name and caches those in use. It is
// safe for concurrent use.
type NewsSources struct {
	keys NewsKeys
	file func(ctx context.Context, name string) ([]byte, error)
	log  *slog.Logger

	mu   sync.Mutex
	open map[string]*news.Search // by job, which keeps the source it started with
}

// NewsKeys finds the key of a configured source of news when it is needed: jobs do not
// store keys.
type NewsKeys interface {
	// NewsKey returns the key of a source, or "" for a source without one.
	NewsKey(ctx context.Context, config string, s sim.NewsSettings) (string, error)
}

// NewNewsSources returns a NewsSources with an empty cache. File reads a file of news
// by its path or name.
func NewNewsSources(keys NewsKeys, file func(ctx context.Context, name string) ([]byte, error), log *slog.Logger) *NewsSources {
	return &NewsSources{keys: keys, file: file, log: log, open: map[string]*news.Search{}}
}

// Open returns the search of a job's settings, which must name a source. An
// error is of kind invalid_request, unavailable or not_found, and names what is
// wrong.
func (n *NewsSources) Open(ctx context.Context, jobID string, s sim.Settings) (*news.Search, error) {
	// The models of a date ask at the same time, and a file is read once for all.
	n.mu.Lock()
	defer n.mu.Unlock()
	if search, ok := n.open[jobID]; ok {
		return search, nil
	}
	key := ""
	if s.News.Source != sim.NewsFile {
		var err error
		if key, err = n.keys.NewsKey(ctx, s.Config, s.News); err != nil {
			return nil, err
		}
	}
	source, err := newsSource(s.News, secret.Text(key), func(name string) ([]byte, error) { return n.file(ctx, name) })
	if err != nil {
		return nil, err
	}
	search := news.New(source, news.Options{Results: s.News.MaxResults, Log: n.log})
	if len(n.open) >= maxNewsOpen {
		clear(n.open)
	}
	n.open[jobID] = search
	return search, nil
}

// maxNewsOpen bounds the cached searches: one may hold a file.
const maxNewsOpen = 8

func newsSource(s sim.NewsSettings, key secret.Text, file func(string) ([]byte, error)) (news.Source, error) {
	vendor := news.VendorOptions{BaseURL: s.BaseURL, Key: key, Days: s.Days}
	switch s.Source {
	case sim.NewsAlphaVantage:
		return news.NewAlphaVantage(vendor)
	case sim.NewsJina:
		return news.NewJina(vendor)
	case sim.NewsFile:
		text, err := file(s.File)
		if err != nil {
			return nil, err
		}
		return news.ReadFile(s.File, text)
	}
	return nil, sim.Errorf(sim.KindInvalid, "news: the source %q is not known", s.Source)
}

// NewsFile reads a file of news by its path.
func NewsFile(_ context.Context, path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, newsFileError(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, newsFileError(path, errors.New("it is not a regular file"))
	}
	text, err := io.ReadAll(io.LimitReader(file, news.MaxFile+1))
	if err != nil {
		return nil, newsFileError(path, err)
	}
	return text, nil
}

func newsFileError(path string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err // the message names the path already
	}
	return sim.Errorf(sim.KindInvalid, "the file of news %q cannot be read: %w", path, err)
}

// NewsCheck returns a function that refuses settings that cannot be opened as a search.
// It needs no key, and reads files of this machine. Many requests read configurations,
// so a file is only read again after it has changed.
func NewsCheck() func(sim.NewsSettings) error {
	type version struct {
		path  string
		size  int64
		since time.Time
	}
	var mu sync.Mutex
	var last version
	var outcome error
	return func(s sim.NewsSettings) error {
		info, err := os.Stat(s.File)
		if s.Source != sim.NewsFile || err != nil {
			_, err := newsSource(s, "", readNews)
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if now := (version{s.File, info.Size(), info.ModTime()}); now != last {
			_, outcome = newsSource(s, "", readNews)
			last = now
		}
		return outcome
	}
}

func readNews(path string) ([]byte, error) { return NewsFile(context.Background(), path) }

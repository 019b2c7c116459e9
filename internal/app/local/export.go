package local

import (
	"context"
	"os"
	"path/filepath"

	"aitrader/internal/recorded"
	"aitrader/internal/sim"
)

// Export writes the current books of an experiment as AI-Trader does:
// DIR/MODEL/position/position.jsonl with a row per fill or day without one, and
// DIR/MODEL/log/DATE/log.jsonl with the conversation. It returns the files, of
// which existing ones are replaced. Kind no_data: the experiment has no book.
func (h *Home) Export(ctx context.Context, experiment, dir string) ([]string, error) {
	books, err := h.store.Books(ctx, experiment)
	if err != nil {
		return nil, err
	}
	if len(books) == 0 {
		return nil, sim.Errorf(sim.KindNoData, "experiment %q has no book to export", experiment)
	}
	var files []string
	for _, b := range books {
		written, err := h.exportBook(ctx, b.Book, filepath.Join(dir, b.Book.Model))
		files = append(files, written...)
		if err != nil {
			return files, err
		}
	}
	return files, nil
}

func (h *Home) exportBook(ctx context.Context, book sim.BookKey, dir string) ([]string, error) {
	days, err := h.store.Days(ctx, sim.DayFilter{Experiment: book.Experiment, Model: book.Model})
	if err != nil || len(days) == 0 {
		return nil, err
	}
	positions := filepath.Join(dir, "position", "position.jsonl")
	text, err := recorded.Positions(days)
	if err != nil {
		return nil, err
	}
	if err := writeFile(positions, text); err != nil {
		return nil, err
	}
	files := []string{positions}
	for _, d := range days {
		messages, err := h.store.Transcript(ctx, book, d.Ref)
		if err != nil {
			return files, err
		}
		log := filepath.Join(dir, "log", d.Ref.Date.String(), "log.jsonl")
		text, err := recorded.Log(book.Model, messages)
		if err != nil {
			return files, err
		}
		if err := writeFile(log, text); err != nil {
			return files, err
		}
		files = append(files, log)
	}
	return files, nil
}

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

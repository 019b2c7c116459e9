package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"aitrader/internal/sim"
)

// DefaultName is the name of the default configuration.
const DefaultName = "default"

// Folder opens configurations by name. Neither a name nor a symbolic link leads out of
// the folder.
type Folder struct {
	Dir     string
	Options Options
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// aliasPrefix begins the names that callers of AI-Trader use.
const aliasPrefix = "configs/"

// CleanName returns the stored name of a configuration: without the folder and the
// extension that callers of AI-Trader write; "" is default. Kind invalid_request: it is
// not a valid name.
func CleanName(name string) (string, error) {
	if name == "" {
		return DefaultName, nil
	}
	base := strings.TrimSuffix(strings.TrimPrefix(name, aliasPrefix), ".json")
	if !namePattern.MatchString(base) || strings.HasPrefix(base, ".") {
		return "", sim.Errorf(sim.KindInvalid,
			"configuration %s: a name of 1 to 100 letters, digits, dots, underscores and hyphens is expected, not beginning with a dot", quote(name))
	}
	return base, nil
}

// Unknown is the error for a configuration that does not exist.
func Unknown(name string, known []string) error { return unknown(name, known, fs.ErrNotExist) }

func unknown(name string, known []string, cause error) error {
	list := "the folder holds none"
	if len(known) > 0 {
		list = "the known ones are " + quoteAll(known)
	}
	return &sim.Error{Kind: sim.KindInvalid, Message: fmt.Sprintf("the configuration %s does not exist; %s", quote(name), list), Err: cause}
}

// Open reads the configuration of a name: the name of its file, with or without
// ".json", or configs/NAME, as for AI-Trader; "" is default. Kind invalid_request: it
// does not exist (the cause is fs.ErrNotExist, the message lists the known names), or is
// not valid.
func (f Folder) Open(name string) (Config, error) {
	base, err := CleanName(name)
	if err != nil {
		return Config{}, err
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return Config{}, openError(base, hidePath(err))
	}
	defer root.Close()
	file, err := openRegular(root, base+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, f.unknown(base, err)
	}
	if err != nil {
		return Config{}, openError(base, hidePath(err))
	}
	defer file.Close()
	opts := f.Options
	if opts.Dir == "" {
		opts.Dir = f.Dir
	}
	return decodeFile(base+".json", file, opts)
}

// openRegular opens a regular file of the folder, not a pipe or a folder.
func openRegular(root *os.Root, name string) (*os.File, error) {
	// The check comes first: opening a pipe would wait for a writer.
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return root.Open(name)
}

// unknown is the error for a name without a file.
func (f Folder) unknown(name string, err error) error {
	names, listErr := f.Names()
	if listErr != nil {
		return openError(name, hidePath(errors.Join(err, listErr)))
	}
	return unknown(name, names, hidePath(err))
}

// Names lists the configurations of the folder, sorted. Kind invalid_request:
// the folder cannot be read.
func (f Folder) Names() ([]string, error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "the folder of configurations cannot be read: %w", hidePath(err))
	}
	var names []string
	for _, e := range entries {
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if isJSON && !e.IsDir() && namePattern.MatchString(name) && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, nil
}

// hidePath removes the path of the folder from an error: callers of the API read it.
func hidePath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

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

// DefaultName is the name of the configuration that is used when none is named.
const DefaultName = "default"

// Folder opens configurations by name, and nothing else: no name leads out of
// it, nor does a symbolic link.
type Folder struct {
	Dir     string
	Options Options
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// aliasPrefix is how callers of AI-Trader name a configuration.
const aliasPrefix = "configs/"

// CleanName returns the name of a configuration as it is stored: without the
// folder and the extension with which callers of AI-Trader write it; "" is
// default. Kind invalid_request: it cannot be a name.
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
	list := "there is none"
	if len(known) > 0 {
		list = "the known ones are " + quoteAll(known)
	}
	return &sim.Error{Kind: sim.KindInvalid, Message: fmt.Sprintf("the configuration %s does not exist; %s", quote(name), list), Err: cause}
}

// Open reads the configuration of a name: that of its file in the folder, with
// or without ".json", and also written configs/NAME, as for AI-Trader; "" is
// default. Kind invalid_request: there is none of that name (the cause is
// fs.ErrNotExist, the message lists the known ones), or it is wrong.
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

// openRegular opens a file of the folder that is one, not a pipe or a folder.
func openRegular(root *os.Root, name string) (*os.File, error) {
	// Looked at before it is opened: opening a pipe would wait for a writer.
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return root.Open(name)
}

// unknown is the error for a name that the folder does not have.
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

// hidePath keeps where the folder lies out of an error that callers of the API
// read.
func hidePath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

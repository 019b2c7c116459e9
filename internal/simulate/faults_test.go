package simulate

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	plant = flag.Bool("faults", false, "plant each fault, and look for it")
	only  = flag.String("fault", "", "plant only the faults whose names match this expression")
)

// maxFaultSeeds bounds the seeds within which a fault must be found.
const maxFaultSeeds = 3000

// A fault whose text has changed plants nothing, so that this test fails first.
func TestEveryFaultHasItsPlace(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, f := range faults {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(f.file)))
		require.NoError(t, err)
		if assert.Equal(t, 1, strings.Count(string(text), f.old), "%s: %s", f.name, f.file) && !f.inDefinition() {
			_, err = plantIn(text, "planted", []fault{f})
			require.NoError(t, err, f.name)
		}
		assert.False(t, names[f.name], "%s: is listed twice", f.name)
		names[f.name] = true
	}
}

// found is how a fault was found.
type found struct {
	fault
	how  string
	ok   bool
	took time.Duration
}

// All faults are compiled into one test binary, and an environment variable says which
// of them is made. No file of the repository is touched.
func TestPlantedFaultsAreFound(t *testing.T) {
	if !*plant {
		t.Skip("make simulate-faults plants them")
	}
	wanted, err := regexp.Compile(*only)
	require.NoError(t, err)
	began := time.Now()
	binary := buildPlanted(t)
	t.Logf("built in %.0f s", time.Since(began).Seconds())
	list := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !wanted.MatchString(f.name) })
	results := make([]found, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	for range *shards {
		wg.Go(func() {
			for i := range next {
				results[i] = list[i].find(binary)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	n := 0
	for _, r := range results {
		t.Logf("%-70s %5.1f s  %s", r.name, r.took.Seconds(), r.how)
		if r.ok {
			n++
		} else {
			t.Errorf("not found: %s", r.name)
		}
	}
	t.Logf("%d of %d planted faults found in %.1f minutes", n, len(list), time.Since(began).Minutes())
}

// buildPlanted builds the tests of this package with all faults, and returns the binary.
func buildPlanted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	byFile := map[string][]fault{}
	for _, f := range faults {
		if !f.inDefinition() {
			byFile[f.file] = append(byFile[f.file], f)
		}
	}
	replace := map[string]string{}
	for file, list := range byFile {
		source, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(file)))
		require.NoError(t, err)
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		name := strings.NewReplacer("/", "_", ".go", "").Replace(file)
		planted, err := plantIn(text, "planted_"+name, list)
		require.NoError(t, err, file)
		replace[source] = filepath.Join(dir, name+".go")
		require.NoError(t, os.WriteFile(replace[source], planted, 0o600))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	overlay, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "simulate.test")
	require.NoError(t, os.WriteFile(overlay, text, 0o600))
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// firstWrong matches the first complaint of a run.
var firstWrong = regexp.MustCompile(`(?s)seed (\d+): make simulate SEED=\d+\n\s*(.*?)\n`)

// find makes a fault and simulates until a seed fails: first the one that is known to,
// and then all.
func (f fault) find(binary string) (r found) {
	began := time.Now()
	defer func() { r.took = time.Since(began) }()
	r.fault = f
	if f.seed != 0 {
		if r.how, r.ok = f.simulate(binary, f.seed, 1); r.ok {
			return r
		}
	}
	if r.how, r.ok = f.simulate(binary, 1, maxFaultSeeds); r.ok && f.seed != 0 {
		r.how += fmt.Sprintf(" (the list says seed %d)", f.seed)
	}
	return r
}

// simulate simulates seeds with the fault, and stops at the first that fails.
func (f fault) simulate(binary string, first, n int) (how string, ok bool) {
	var out bytes.Buffer
	run := exec.Command(binary, "-test.run", "^TestSimulation$", "-test.timeout", "30m",
		"-first", fmt.Sprint(first), "-seeds", fmt.Sprint(n), "-stop", "-shards", "1")
	run.Env = append(os.Environ(), plantedFault+"="+f.name)
	run.Stdout, run.Stderr = &out, &out
	if run.Run() == nil {
		return "all seeds pass", false
	}
	if m := firstWrong.FindStringSubmatch(out.String()); m != nil {
		return fmt.Sprintf("seed %4s: %.100s", m[1], m[2]), true
	}
	if strings.Contains(out.String(), "test timed out") {
		return "no seed has failed in time", false
	}
	seed := lastSeed(out.String())
	if seed == "" {
		return fmt.Sprintf("no world has begun: %.200s", out.String()), false
	}
	return fmt.Sprintf("seed %4s: the world breaks: %.200s", seed, out.String()), true
}

// simulated matches the seed that a world has begun with.
var simulated = regexp.MustCompile(`(?m)^seed (\d+) begins$`)

// lastSeed returns the seed that was simulated when the process ended; "": none.
func lastSeed(out string) string {
	all := simulated.FindAllStringSubmatch(out, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

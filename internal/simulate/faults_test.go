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
		assert.Equal(t, 1, strings.Count(string(text), f.old), "%s: %s", f.name, f.file)
		assert.False(t, names[f.name], "%s: is listed twice", f.name)
		names[f.name] = true
	}
}

// Each planted fault is compiled into a test binary of its own by an overlay: no file
// of the repository is touched.
func TestPlantedFaultsAreFound(t *testing.T) {
	if !*plant {
		t.Skip("make simulate-faults plants them")
	}
	wanted, err := regexp.Compile(*only)
	require.NoError(t, err)
	work := make(chan fault)
	var wg sync.WaitGroup
	var mu sync.Mutex
	found, all := 0, 0
	for range 2 {
		wg.Go(func() {
			for f := range work {
				began := time.Now()
				how, ok := f.find(t.TempDir())
				mu.Lock()
				all++
				if ok {
					found++
				} else {
					t.Errorf("not found: %s", f.name)
				}
				t.Logf("%-70s %5.1fs %s", f.name, time.Since(began).Seconds(), how)
				mu.Unlock()
			}
		})
	}
	for _, f := range faults {
		if wanted.MatchString(f.name) {
			work <- f
		}
	}
	close(work)
	wg.Wait()
	t.Logf("%d of %d planted faults found", found, all)
}

// firstWrong matches the first complaint of a run.
var firstWrong = regexp.MustCompile(`(?s)seed (\d+): make simulate SEED=\d+\n\s*(.*?)\n`)

// find plants a fault and simulates until a seed fails.
func (f fault) find(dir string) (how string, ok bool) {
	source, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(f.file)))
	if err != nil {
		return err.Error(), false
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err.Error(), false
	}
	planted := filepath.Join(dir, "planted.go")
	if err := os.WriteFile(planted, []byte(strings.Replace(string(text), f.old, f.planted, 1)), 0o600); err != nil {
		return err.Error(), false
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: planted}})
	if err != nil {
		return err.Error(), false
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "simulate.test")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return err.Error(), false
	}
	build := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", list, "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Sprintf("it does not compile: %s", out), false
	}
	var out bytes.Buffer
	run := exec.Command(binary, "-test.run", "^TestSimulation$", "-test.timeout", "5m",
		"-seeds", fmt.Sprint(maxFaultSeeds), "-stop", "-shards", "1")
	run.Stdout, run.Stderr = &out, &out
	if run.Run() == nil {
		return "all seeds pass", false
	}
	if m := firstWrong.FindStringSubmatch(out.String()); m != nil {
		return fmt.Sprintf("seed %s: %.110s", m[1], m[2]), true
	}
	if strings.Contains(out.String(), "test timed out") {
		return "no seed has failed in time", false
	}
	return "the world breaks: " + fmt.Sprintf("%.200s", out.String()), true
}

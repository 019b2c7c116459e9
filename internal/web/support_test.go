package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/rounds"
	"aitrader/internal/sample"
)

// evil is what the speaker says; it must stay text.
const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`

// configuration has three built-in models, and the speaker at an address.
const configuration = `{"benchmark": "SYNTH", "models": [
	{"signature": "hold", "basemodel": "builtin/buy-and-hold?symbol=SYNTH"},
	{"signature": "equal-weight", "basemodel": "builtin/equal-weight"},
	{"signature": "random", "basemodel": "builtin/random?seed=7"},
	{"signature": "speaker", "basemodel": "test/speaker", "openai_base_url": %q, "openai_api_key": "${SPEAKER_KEY}",
	 "price": {"input": 1, "output": 2}}
]}`

// service is the single-machine service, with the sample market and nothing run.
type service struct {
	address  string
	speaking sync.RWMutex // the speaker does not answer while a test holds it
}

func (s *service) speak(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.speaking.RLock()
	defer s.speaking.RUnlock()
	message := map[string]any{"role": "assistant", "content": evil + " <FINISH_SIGNAL>"}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // an error means that the service has hung up
		"id": "c", "object": "chat.completion", "created": 1, "model": "m",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": message}},
		"usage":   map[string]int{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
	})
}

func serve(t *testing.T, env map[string]string) *service {
	t.Helper()
	s := &service{}
	provider := httptest.NewServer(http.HandlerFunc(s.speak))
	t.Cleanup(provider.Close)
	file := filepath.Join(t.TempDir(), "default.json")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, configuration, provider.URL+"/v1"), 0o600))
	h, err := local.Open(t.Context(), local.Options{
		Data:    t.TempDir(),
		Config:  file,
		Env:     func(name string) string { return map[string]string{"SPEAKER_KEY": "k"}[name] + env[name] },
		Now:     time.Now,
		Log:     slog.New(slog.DiscardHandler),
		Version: "test",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	_, err = h.PutPrices(t.Context(), sample.Market())
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serving, stop := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() { assert.NoError(t, h.Serve(serving, listener)) })
	t.Cleanup(func() { stop(); served.Wait() })
	s.address = "http://" + listener.Addr().String()
	return s
}

// page is a browser on the page of a service.
type page struct {
	*service
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	console []string
}

func openPage(t *testing.T, env map[string]string) *page {
	t.Helper()
	browser := findBrowser(t)
	p := &page{t: t, service: serve(t, env)}
	// Only loopback resolves: a request to another host fails, and is reported in the console.
	allocator, closing := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(browser), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	t.Cleanup(closing)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	p.ctx = ctx
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.console = append(p.console, m.String())
			p.mu.Unlock()
		}
	}()
	p.do(chromedp.EmulateViewport(1280, 900))
	return p
}

func findBrowser(t *testing.T) string {
	t.Helper()
	if os.Getenv("AITRADER_BROWSER") == "" && !rounds.Long() {
		t.Skip("make test-page tests the page in Chromium; " + rounds.Variable + "=1 does too, where it is installed")
	}
	for _, name := range []string{os.Getenv("AITRADER_BROWSER"), "chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("Chromium is not installed; make test-page installs it")
	return ""
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, steps...))
}

// until waits until an expression is true.
func (p *page) until(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
	if err != nil {
		shown, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.body.innerText"))
		require.NoError(p.t, err, "%s\n%s", expression, shown)
	}
}

// is evaluates an expression.
func is[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, expression)
	return v
}

// text is what the page shows below its header.
func (p *page) text() string {
	p.t.Helper()
	return is[string](p, `document.querySelector("main").innerText`)
}

// count is the number of elements that a selector matches.
func (p *page) count(selector string) int {
	p.t.Helper()
	return is[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

func (p *page) open(hash string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.address + "/#/none"))
	p.do(chromedp.Navigate(p.address + "/" + hash))
	p.loaded(hash)
}

// loaded waits until the page of a hash is shown.
func (p *page) loaded(hash string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(({ dataset, ariaBusy }) => dataset.page === %q && !ariaBusy)(
		document.querySelector("main"))`, hash))
}

// choose selects an experiment in the header.
func (p *page) choose(experiment string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const choice = document.querySelector("#experiment");
		choice.value = %q;
		choice.dispatchEvent(new Event("change"));
	})()`, experiment)))
}

// submit fills the form of a run, and starts it.
func (p *page) submit(experiment, from, to string) {
	p.t.Helper()
	p.open("#/run")
	p.do(
		chromedp.SetValue("input[name=experiment]", experiment),
		chromedp.SetValue("input[name=start_date]", from),
		chromedp.SetValue("input[name=end_date]", to),
		chromedp.Click("form button.main"),
	)
	p.until(`location.hash.startsWith("#/job/") && document.querySelector("[data-job] h2") !== null`)
}

// trigger starts a job with the form, and waits for its end.
func (p *page) trigger(experiment, from, to string) {
	p.t.Helper()
	p.submit(experiment, from, to)
	p.until(`document.querySelector("[data-job] .good")?.textContent === "completed"`)
}

// hover moves the pointer over the chart, to a fraction of its width.
func (p *page) hover(fraction float64) {
	p.t.Helper()
	box := is[[]float64](p, `(() => {
		const b = document.querySelector(".chart svg").getBoundingClientRect();
		return [b.left, b.top, b.width, b.height];
	})()`)
	p.do(chromedp.MouseEvent("mouseMoved", box[0]+box[2]*fraction, box[1]+box[3]*0.3))
	p.until(`document.querySelector(".values").hidden === false`)
}

// dark makes the browser prefer dark colours.
func (p *page) dark() {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	require.NoError(p.t, err)
}

// shot takes a screenshot, if AITRADER_SCREENSHOTS names a folder for it.
func (p *page) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("AITRADER_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	require.NoError(p.t, err)
	require.NoError(p.t, os.MkdirAll(dir, 0o755))
	require.NoError(p.t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644))
}

// sound checks that the console is empty, and that the page requested only its own host.
func (p *page) sound() {
	p.t.Helper()
	for _, address := range is[[]string](p, `performance.getEntriesByType("resource").map((e) => e.name)`) {
		within := strings.HasPrefix(address, "data:") || strings.HasPrefix(address, "blob:")
		assert.True(p.t, within || strings.HasPrefix(address, p.address+"/"), "the page requested %s", address)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(p.t, p.console)
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

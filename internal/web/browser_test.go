package web_test

import (
	"context"
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

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/sample"
)

// page is a browser on the page of a home with the market of the demo.
type page struct {
	t       *testing.T
	ctx     context.Context
	address string
	mu      sync.Mutex
	console []string
}

// evil is what a model says; it must stay text.
const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`

// speaker is a provider whose model says what it is told to.
func speaker(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{ // the caller is this test
			"id": "c", "object": "chat.completion", "created": 1, "model": "m",
			"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": evil + " <FINISH_SIGNAL>"}}},
			"usage":   map[string]int{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
		})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func openPage(t *testing.T, env map[string]string) *page {
	t.Helper()
	browser := findBrowser(t)
	configuration := filepath.Join(t.TempDir(), "default.json")
	require.NoError(t, os.WriteFile(configuration, fmt.Appendf(nil, `{"benchmark": "SYNTH", "models": [
		{"signature": "hold", "basemodel": "builtin/buy-and-hold?symbol=SYNTH"}, {"signature": "equal-weight", "basemodel": "builtin/equal-weight"},
		{"signature": "random", "basemodel": "builtin/random?seed=7"},
		{"signature": "speaker", "basemodel": "test/speaker", "openai_base_url": %q, "openai_api_key": "${SPEAKER_KEY}", "price": {"input": 1, "output": 2}}]}`, speaker(t)), 0o600))
	env["SPEAKER_KEY"] = "k"
	h, err := local.Open(t.Context(), local.Options{
		Data: t.TempDir(), Config: configuration, Env: func(name string) string { return env[name] },
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "test",
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

	p := &page{t: t, address: "http://" + listener.Addr().String()}
	// No name but loopback resolves: a request to another host would fail, and show.
	allocator, closing := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(browser), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
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
	for _, name := range []string{os.Getenv("AITRADER_BROWSER"), "chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("no Chromium is found: make test-page installs one")
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

func (p *page) open(hash string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.address + "/#/none"))
	p.do(chromedp.Navigate(p.address + "/" + hash))
	p.until(fmt.Sprintf("document.querySelector('main').dataset.page === %q && !document.querySelector('main').hasAttribute('aria-busy')", hash))
}

// shot keeps a picture, where AITRADER_SCREENSHOTS names a folder.
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

// sound checks that nothing was complained about, and that only this host was asked.
func (p *page) sound() {
	p.t.Helper()
	assert.Empty(p.t, is[string](p, `performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith(location.origin) && !n.startsWith("data:") && !n.startsWith("blob:")).join()`))
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(p.t, p.console)
}

// trigger starts a job by the form, and waits for its end.
func (p *page) trigger(from, to string) {
	p.t.Helper()
	p.open("#/run")
	p.do(chromedp.SetValue("input[name=start_date]", from), chromedp.SetValue("input[name=end_date]", to), chromedp.Click("form button.main"))
	p.until(`location.hash.startsWith("#/job/") && document.querySelector("[data-job] .good")?.textContent === "completed"`)
}

// From an empty store to a day's conversation, as a person goes.
func TestThePage(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.open("#/")
	assert.Contains(t, is[string](p, "document.querySelector('main').innerText"), "Nothing is closed yet")
	p.trigger("2025-09-01", "2025-10-10")
	p.shot("job")

	p.open("#/")
	assert.Equal(t, 5, is[int](p, `document.querySelectorAll("path[data-pane=return]").length`), "four models and the benchmark")
	assert.Equal(t, 5, is[int](p, `document.querySelectorAll("path[data-pane=drawdown]").length`))
	assert.Greater(t, is[int](p, `Math.min(...[...document.querySelectorAll("path")].map((e) => e.getAttribute("d").split("L").length))`), 20, "curves, not dots")
	p.shot("board")
	p.hover(0.5)
	assert.Equal(t, 6, is[int](p, `document.querySelector(".values").children.length`), "the date, and a value of each curve")
	p.shot("hover")
	p.do(chromedp.Click(".legend button"))
	assert.Equal(t, 4, is[int](p, `document.querySelectorAll("path[data-pane=return]").length`))
	assert.Equal(t, "false", is[string](p, `document.querySelector(".legend button").getAttribute("aria-pressed")`))
	before := is[string](p, `document.querySelector("path[data-series=random]").getAttribute("d")`)
	p.do(chromedp.Click("input[type=checkbox]"))
	assert.NotEqual(t, before, is[string](p, `document.querySelector("path[data-series=random]").getAttribute("d")`), "log scale")
	assert.Equal(t, "1", is[string](p, `document.querySelector("tbody tr td:nth-child(7)").textContent`), "a tier")
	p.do(chromedp.Focus(".chart svg"), chromedp.KeyEvent("\ue012")) // an arrow to the left
	assert.Contains(t, is[string](p, `document.querySelector(".values").textContent`), "2025-09-19", "the day before the middle")

	p.do(chromedp.Click(`a[href="#/model/speaker"]`))
	p.until(`document.querySelector("h1")?.textContent === "speaker"`)
	assert.Contains(t, is[string](p, "document.querySelector('main').innerText"), "the curve does not move", "a figure that is not defined says why")
	p.shot("model")
	p.do(chromedp.Click(`a[href="#/day/2025-10-10/speaker"]`))
	p.until(`document.querySelector("h1")?.textContent.includes("2025-10-10")`)
	assert.Contains(t, is[string](p, "document.querySelector('main').innerText"), evil, "it is text")
	assert.Equal(t, 0, is[int](p, `document.querySelectorAll("main script, main img").length`))
	assert.NotEqual(t, "owned", is[string](p, "document.title"))
	p.shot("day")

	p.open("#/model/equal-weight")
	assert.Greater(t, is[int](p, `document.querySelectorAll("meter").length`), 5, "the allocation")
	p.shot("allocation")
	p.open("#/day/2025-10-10/random")
	assert.Contains(t, is[string](p, "document.querySelector('main').innerText"), "as of 2025-10-10")
	p.open("#/prices")
	assert.Equal(t, 2, is[int](p, `document.querySelectorAll("td.part").length`), "two days lack a symbol")
	assert.Equal(t, "1", is[string](p, `document.querySelector("td[title='2025-09-01: the exchanges are closed']").textContent`))
	p.shot("prices")
	p.open("#/run")
	p.do(chromedp.SetValue("input[name=experiment]", "other"), chromedp.SetValue("input[name=start_date]", "2025-10-09"), chromedp.SetValue("input[name=end_date]", "2025-10-10"), chromedp.Click("form button.main"))
	p.until(`document.querySelector("[data-job] .good")?.textContent === "completed"`)
	p.do(chromedp.Click("[data-job] a[href='#/']"))
	p.until(`document.querySelector("h1")?.textContent === "Board at the close of 2025-10-10"`)
	assert.Equal(t, "main,other", is[string](p, `[...document.querySelectorAll("#experiment option")].map((o) => o.value).join()`))
	p.do(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.querySelector("#experiment"); s.value = "other"; s.dispatchEvent(new Event("change")) })()`))
	p.until(`document.querySelectorAll("tbody tr").length === 4 && document.querySelector("tbody td:last-child").textContent === "2025-10-09"`)
	p.open("#/jobs")
	p.until(`document.querySelectorAll("tbody tr").length === 1`)
	p.do(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.querySelector("#experiment"); s.value = "main"; s.dispatchEvent(new Event("change")) })()`))
	p.until(`document.querySelector("tbody td:nth-child(3)")?.textContent.startsWith("2025-09-02")`)
	assert.Equal(t, 1, is[int](p, `document.querySelectorAll("tbody tr").length`))
	p.sound()
}

// A large board: 20 curves of 500 days. How long it takes is told, not judged.
func TestALargeChart(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.open("#/")
	took := is[map[string]float64](p, `(async () => {
		const { chart } = await import("/page/chart.js");
		const days = [...Array(500).keys()].map((i) => new Date(1.7e12 + i * 864e5).toISOString().slice(0, 10));
		const series = [...Array(20).keys()].map((k) => ({ name: "model " + k, points: days.map((date, i) => ({ date, value: Math.sin(i / 30 + k) * k })) }));
		const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		let began = performance.now();
		document.querySelector("main").replaceChildren(chart(series, "large"));
		await frame();
		const draw = performance.now() - began, svg = document.querySelector("svg[role=img]");
		began = performance.now();
		for (let i = 0; i < 50; i++) svg.dispatchEvent(new PointerEvent("pointermove", { clientX: 100 + i * 10, clientY: 100 }));
		await frame();
		return { draw, hover: (performance.now() - began) / 50, paths: document.querySelectorAll("path").length };
	})()`)
	assert.InDelta(t, 40, took["paths"], 0)
	t.Logf("20 curves of 500 days: drawn in %.0f ms, %.1f ms for a move of the pointer", took["draw"], took["hover"])
	p.sound()
}

// What the buttons hand out are files of the chart that is shown.
func TestDownloads(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.trigger("2025-09-02", "2025-09-05")
	p.open("#/")
	got := is[map[string]string](p, `(async () => {
		const files = {}, names = [];
		let blob = null;
		const make = URL.createObjectURL;
		URL.createObjectURL = (b) => make.call(URL, blob = b);
		HTMLAnchorElement.prototype.click = function () { names.push(this.download); files[this.download] = this.download.endsWith(".png") ? blob.type : blob.text(); };
		for (const b of document.querySelectorAll("main section button")) if (["CSV", "SVG", "PNG"].includes(b.textContent)) b.click();
		while (names.length < 3) await new Promise((done) => setTimeout(done, 20));
		const out = {};
		for (const name of names) out[name] = await files[name];
		return out;
	})()`)
	assert.True(t, strings.HasPrefix(got["returns.csv"], "date,equal-weight,hold,random,speaker,SYNTH (benchmark)\n2025-08-29,0,0,0,0,0\n"), got["returns.csv"])
	assert.Equal(t, 6, strings.Count(got["returns.csv"], "\n"))
	assert.Contains(t, got["returns.svg"], `xmlns="http://www.w3.org/2000/svg"`)
	assert.Equal(t, "image/png", got["returns.png"])
}

// hover moves the pointer over the chart, at a share of its width.
func (p *page) hover(share float64) {
	p.t.Helper()
	box := is[[]float64](p, `(() => { const b = document.querySelector(".chart svg").getBoundingClientRect(); return [b.left, b.top, b.width, b.height] })()`)
	p.do(chromedp.MouseEvent("mouseMoved", box[0]+box[2]*share, box[1]+box[3]*0.3))
	p.until(`document.querySelector(".values").hidden === false`)
}

func TestThePageOnANarrowDarkScreen(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.trigger("2025-09-02", "2025-10-10")
	p.do(chromedp.EmulateViewport(360, 740))
	p.dark()
	for _, hash := range []string{"#/", "#/model/equal-weight", "#/day/2025-10-10/random", "#/jobs", "#/run", "#/prices"} {
		p.open(hash)
		assert.LessOrEqual(t, is[int](p, "document.documentElement.scrollWidth"), 360, "%s is not wider than the screen", hash)
		p.shot("narrow-dark-" + strings.Trim(strings.ReplaceAll(hash, "/", "-"), "#-"))
	}
	assert.Equal(t, "rgb(14, 17, 22)", is[string](p, "getComputedStyle(document.body).backgroundColor"))
	p.sound()
}

func TestThePageAsksForAKey(t *testing.T) {
	const key, entry = "ait_0000", "me:read+trigger:" // and its hash
	p := openPage(t, map[string]string{"AITRADER_API_KEYS": entry + sha256Of(key)})
	p.do(chromedp.Navigate(p.address + "/"))
	p.until(`document.querySelector("input[name=key]") !== null`)
	p.do(chromedp.SendKeys("input[name=key]", "wrong"), chromedp.Click("form button.main"))
	p.until(`document.querySelector(".error")?.textContent.includes("does not know")`)
	p.do(chromedp.SendKeys("input[name=key]", key), chromedp.Click("form button.main"))
	p.until(`document.querySelector("h1")?.textContent === "Board"`)
	assert.Equal(t, key, is[string](p, `sessionStorage.getItem("aitrader.key")`))
	assert.Equal(t, 0, is[int](p, "localStorage.length"))
	p.trigger("2025-10-09", "2025-10-10")
}

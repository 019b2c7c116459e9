package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// A user's path, from an empty store to the conversation of one day.
func TestThePage(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.open("#/")
	assert.Contains(t, p.text(), "This experiment has no results yet")
	p.trigger("main", "2025-09-01", "2025-10-10")
	p.shot("job")
	p.tryChart()
	p.tryModel()

	p.open("#/model/equal-weight")
	assert.Greater(t, p.count("meter"), 5, "the allocation")
	p.shot("allocation")
	p.open("#/day/2025-10-10/random")
	assert.Contains(t, p.text(), "as of 2025-10-10")
	p.open("#/prices")
	assert.Equal(t, 2, p.count("td.part"), "two days lack a symbol")
	assert.Equal(t, "1", is[string](p, `document.querySelector("td[title='2025-09-01: exchange closed']").textContent`))
	p.shot("prices")
	p.tryExperiments()
	p.sound()
}

// tryChart uses the chart of the leaderboard: the pointer, the legend, the log scale, the keys.
func (p *page) tryChart() {
	t := p.t
	t.Helper()
	p.open("#/")
	assert.Equal(t, 5, p.count("path[data-pane=return]"), "four models and the benchmark")
	assert.Equal(t, 5, p.count("path[data-pane=drawdown]"))
	lengths := is[[]int](p, `[...document.querySelectorAll("path")].map((e) => e.getAttribute("d").split("L").length)`)
	for _, length := range lengths {
		assert.Greater(t, length, 20, "curves, not dots")
	}
	p.shot("leaderboard")
	p.hover(0.5)
	assert.Equal(t, 6, p.count(".values > *"), "the date, and a value of each curve")
	p.shot("hover")
	p.do(chromedp.Click(".legend button"))
	assert.Equal(t, 4, p.count("path[data-pane=return]"))
	assert.Equal(t, "false", is[string](p, `document.querySelector(".legend button").getAttribute("aria-pressed")`))
	const random = `document.querySelector("path[data-series=random]").getAttribute("d")`
	before := is[string](p, random)
	p.do(chromedp.Click("input[type=checkbox]"))
	assert.NotEqual(t, before, is[string](p, random), "log scale")
	p.shot("log-scale")
	assert.Equal(t, "1", is[string](p, `document.querySelector("tbody tr td:nth-child(7)").textContent`), "a tier")
	p.do(chromedp.Focus(".chart svg"), chromedp.KeyEvent("\ue012")) // an arrow to the left
	values := is[string](p, `document.querySelector(".values").textContent`)
	assert.Contains(t, values, "2025-09-19", "the day before the middle")
}

// tryModel follows the links from the leaderboard to a model, and to one of its days.
func (p *page) tryModel() {
	t := p.t
	t.Helper()
	p.do(chromedp.Click(`a[href="#/model/speaker"]`))
	p.until(`document.querySelector("h1")?.textContent === "speaker"`)
	assert.Contains(t, p.text(), "the curve does not move", "a metric that is not defined says why")
	p.shot("model")
	p.do(chromedp.Click(`a[href="#/day/2025-10-10/speaker"]`))
	p.until(`document.querySelector("h1")?.textContent.includes("2025-10-10")`)
	assert.Contains(t, p.text(), evil, "it is text")
	assert.Equal(t, 0, p.count("main script, main img"))
	assert.NotEqual(t, "owned", is[string](p, "document.title"))
	p.shot("day")
}

// tryExperiments runs a second experiment, and switches between the two.
func (p *page) tryExperiments() {
	t := p.t
	t.Helper()
	p.trigger("other", "2025-10-09", "2025-10-10")
	p.do(chromedp.Click("[data-job] a[href='#/']"))
	p.until(`document.querySelector("h1")?.textContent === "Leaderboard at the close of 2025-10-10"`)
	offered := is[[]string](p, `[...document.querySelectorAll("#experiment option")].map((o) => o.value)`)
	assert.Equal(t, []string{"main", "other"}, offered)
	p.choose("other")
	p.until(`document.querySelector("tbody td:last-child")?.textContent === "2025-10-09"`)
	assert.Equal(t, 4, p.count("tbody tr"))
	p.open("#/jobs")
	p.until(`document.querySelectorAll("tbody tr").length === 1`)
	p.choose("main")
	p.until(`document.querySelector("tbody td:nth-child(3)")?.textContent.startsWith("2025-09-02")`)
	assert.Equal(t, 1, p.count("tbody tr"))
}

func TestTheLeaderboardFollowsTheJobOfItsOwnExperiment(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.trigger("other", "2025-10-09", "2025-10-09")
	p.speaking.Lock()
	defer p.speaking.Unlock()
	p.submit("other", "2025-10-10", "2025-10-10") // and does not end, as the speaker is silent

	p.open("#/")
	assert.Equal(t, 0, p.count("[data-job]"), "main has no job")
	p.choose("other")
	p.until(`document.querySelector("[data-job] progress") !== null`)
	assert.Contains(t, p.text(), "running")
	p.shot("running")
}

// 20 curves of 500 days. The test logs the time, and sets no limit.
func TestALargeChart(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.open("#/")
	took := is[map[string]float64](p, `(async () => {
		const { chart } = await import("/page/chart.js");
		const days = [...Array(500).keys()].map((i) => new Date(1.7e12 + i * 864e5).toISOString().slice(0, 10));
		const points = (k) => days.map((date, i) => ({ date, value: Math.sin(i / 30 + k) * k }));
		const curves = [...Array(20).keys()].map((k) => ({ name: "model " + k, points: points(k) }));
		const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		let began = performance.now();
		document.querySelector("main").replaceChildren(chart(curves, "large"));
		await frame();
		const draw = performance.now() - began;
		const svg = document.querySelector("svg[role=img]");
		began = performance.now();
		for (let i = 0; i < 50; i++) {
			svg.dispatchEvent(new PointerEvent("pointermove", { clientX: 100 + i * 10, clientY: 100 }));
		}
		await frame();
		return { draw, hover: (performance.now() - began) / 50, paths: document.querySelectorAll("path").length };
	})()`)
	assert.InDelta(t, 40, took["paths"], 0)
	p.shot("large-chart")
	t.Logf("20 curves of 500 days: drawn in %.0f ms, %.1f ms per move of the pointer", took["draw"], took["hover"])
	p.sound()
}

func TestTheChartIsDownloadedAsAFile(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.trigger("main", "2025-09-02", "2025-09-05")
	p.open("#/")
	got := is[map[string]string](p, `(async () => {
		const files = {};
		let blob = null;
		const make = URL.createObjectURL;
		URL.createObjectURL = (b) => make.call(URL, blob = b);
		HTMLAnchorElement.prototype.click = function () {
			files[this.download] = this.download.endsWith(".png") ? blob.type : blob.text();
		};
		for (const b of document.querySelectorAll("main section button")) {
			if (["CSV", "SVG", "PNG"].includes(b.textContent)) b.click();
		}
		while (Object.keys(files).length < 3) await new Promise((done) => setTimeout(done, 20));
		const out = {};
		for (const name of Object.keys(files)) out[name] = await files[name];
		return out;
	})()`)
	const head = "date,equal-weight,hold,random,speaker,SYNTH (benchmark)\n2025-08-29,0,0,0,0,0\n"
	assert.True(t, strings.HasPrefix(got["returns.csv"], head), got["returns.csv"])
	assert.Equal(t, 6, strings.Count(got["returns.csv"], "\n"))
	assert.Contains(t, got["returns.svg"], `xmlns="http://www.w3.org/2000/svg"`)
	assert.Equal(t, "image/png", got["returns.png"])
}

func TestThePageOnANarrowDarkScreen(t *testing.T) {
	p := openPage(t, map[string]string{})
	p.trigger("main", "2025-09-02", "2025-10-10")
	p.do(chromedp.EmulateViewport(360, 740))
	p.dark()
	for _, hash := range []string{"#/", "#/model/equal-weight", "#/day/2025-10-10/random", "#/jobs", "#/run", "#/prices"} {
		p.open(hash)
		width := is[int](p, "document.documentElement.scrollWidth")
		assert.LessOrEqual(t, width, 360, "%s is not wider than the screen", hash)
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
	p.until(`document.querySelector(".error")?.textContent.includes("does not accept this key")`)
	p.shot("key")
	p.do(chromedp.SendKeys("input[name=key]", key), chromedp.Click("form button.main"))
	p.until(`document.querySelector("h1")?.textContent === "Leaderboard"`)
	assert.Equal(t, key, is[string](p, `sessionStorage.getItem("aitrader.key")`))
	assert.Equal(t, 0, is[int](p, "localStorage.length"))
	p.trigger("main", "2025-10-09", "2025-10-10")
}

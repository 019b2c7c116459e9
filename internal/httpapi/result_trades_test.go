package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTradesAreFilteredAndInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	all := f.ok("/trades")
	assert.Equal(t, number("3"), all["count"])
	assert.Equal(t, map[string]any{
		"id": "job-1:2025-10-06:alpha:1", "date": "2025-10-06", "model": "alpha", "job_id": "job-1", "action": "sell",
		"symbol": "AAA", "amount": number("5"),
		"price": number("13"), "commission": number("0"), "total": number("65"), "cash_after": number("865"),
	}, all["trades"].([]any)[2])
	assert.Len(t, f.ok("/trades?symbol=AAA")["trades"], 2)
	assert.Len(t, f.ok("/trades?start_date=2025-10-02&end_date=2025-10-03&model=alpha")["trades"], 1)
	assert.Empty(t, f.ok("/trades?model=beta")["trades"])
	assert.Len(t, f.ok("/trades?job_id=job-1")["trades"], 3)
	refused(t, f.get("/trades?next=zz"), http.StatusBadRequest, "invalid_request", `"next"`, "DATE,MODEL")
	refused(t, f.get("/trades?job_id=gone"), http.StatusNotFound, "not_found", `"gone"`)
}

func TestPagesHoldEachTradeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	whole := f.ok("/trades")["trades"]
	var pages []any
	next := ""
	for range 4 {
		page := f.ok("/trades?limit=1&next=" + next)
		pages = append(pages, page["trades"].([]any)...)
		if page["next"] == nil {
			next = ""
			break
		}
		next = page["next"].(string)
	}
	assert.Empty(t, next)
	assert.Equal(t, whole, any(pages))

	r := f.get("/trades?format=csv&limit=1&model=alpha")
	lines := strings.Split(strings.TrimSpace(string(r.body)), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, "id,date,model,job_id,action,symbol,amount,price,commission,total,cash_after", lines[0])
	link := r.header.Get("Link")
	require.Contains(t, link, "model=alpha")
	following, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	assert.Contains(t, string(f.get(following).body), "job-1:2025-10-02:alpha:1,2025-10-02,alpha,job-1,buy,BBB,2,50,0,100,800")
}

func TestCompareKeepsTheOrderOfTheRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/compare?models=beta,alpha")
	models := got["models"].([]any)
	assert.Equal(t, "beta", at(models[0], "model"), "in the order of the question")
	assert.Equal(t, number("4"), at(models[1], "metrics", "days"))
	assert.Empty(t, got["pairs"])
	assert.Contains(t, at(got, "comparison", "note"), "20 days")
	for _, models := range []string{"alpha", "alpha,alpha", "alpha,", "a,b,c,d,e,f,g,h,i,j,k"} {
		refused(t, f.get("/compare?models="+models), http.StatusBadRequest, "invalid_request", `"models"`, "2 to 10")
	}
	refused(t, f.get("/compare?models=alpha,gamma"), http.StatusNotFound, "no_data", `"gamma"`)
}

func TestRealModelsAreComparedInPairs(t *testing.T) {
	t.Parallel()
	f := realRun(t)
	got := f.ok("/compare?experiment=real&models=gpt-5,claude-3.7-sonnet,gemini-2.5-flash")
	pairs := got["pairs"].([]any)
	require.Len(t, pairs, 3)
	for _, p := range pairs {
		assert.NotEqual(t, at(p, "model"), at(p, "other"))
		assert.Equal(t, false, at(p, "significant"), "22 days")
		correlation, err := number(at(p, "correlation").(interface{ String() string }).String()).Float64()
		require.NoError(t, err)
		assert.Greater(t, correlation, 0.5, "all hold American technology")
	}
}

package news

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

const canaryKey = "canary-0123456789"

// vendors are the sources that send requests, with an answer that holds one item
// about chips that may pass.
var vendors = map[string]struct {
	open   func(VendorOptions) (Source, error)
	answer string
}{
	"alphavantage": {NewAlphaVantage, `{"items":"1","feed":[{"title":"Chips rise","url":"https://n.example/a",` +
		`"time_published":"20250930T120000","summary":"They rose.","source":"A wire","ticker_sentiment":[{"ticker":"AAA"}]}]}`},
	"jina": {NewJina, `{"code":200,"status":20000,"data":[{"title":"Chips rise","url":"https://n.example/a",` +
		`"description":"They rose.","content":"They rose.","publishedTime":"2025-09-30T12:00:00Z","usage":{"tokens":1}}]}`},
}

func ask(t testing.TB, s *Search) (sim.NewsFound, error) {
	return s.On(sessionDate).Search(t.Context(), "chips", []string{"AAA"})
}

func TestVendorsAnswer(t *testing.T) {
	for name, v := range vendors {
		server := vendortest.ServeInTurn(t, vendortest.Says(v.answer))
		source, err := v.open(VendorOptions{BaseURL: server.URL + "/base", Key: canaryKey, Days: 7})
		found, err := ask(t, search(t, source, err, Options{}))
		require.NoError(t, err, name)
		require.Len(t, found.Items, 1, name)
		assert.Empty(t, found.Refused)
		assert.Equal(t, "2025-09-30T12:00:00Z", found.Items[0].AsOf)
		assert.Equal(t, "<<<Chips rise>>>", found.Items[0].Title)
		assert.Equal(t, "<<<They rose.>>>", found.Items[0].Text)
		require.Len(t, server.Requests(), 1)
		r := server.Requests()[0]
		assert.Equal(t, "/base", r.URL.Path)
		assert.Equal(t, "application/json", r.Header.Get("Accept"))
		if name == "jina" {
			assert.Equal(t, "chips AAA before:2025-10-01", r.URL.Query().Get("q"))
			assert.Equal(t, "Bearer "+canaryKey, r.Header.Get("Authorization"))
			assert.NotContains(t, r.URL.String(), canaryKey)
			continue
		}
		assert.Equal(t, "apikey="+canaryKey+"&function=NEWS_SENTIMENT&limit=200&sort=LATEST&tickers=AAA"+
			"&time_from=20250924T1330&time_to=20251001T1329", r.URL.RawQuery)
	}
}

func TestOwnAddressesAndNoKey(t *testing.T) {
	for name, v := range vendors {
		source, err := v.open(VendorOptions{})
		require.NoError(t, err, name)
		assert.NotNil(t, source)
		for _, bad := range []string{"ftp://n.example", "n.example", "https://user:pass@n.example", "https://n.example/?key=1",
			"https://n.example/#a", "http://", ":", "https://%zz"} {
			_, err := v.open(VendorOptions{BaseURL: bad, Key: canaryKey})
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err), bad)
			assert.NotContains(t, err.Error(), "pass")
		}
		server := vendortest.ServeInTurn(t, vendortest.Says(v.answer))
		source, err = v.open(VendorOptions{BaseURL: server.URL})
		_, err = ask(t, search(t, source, err, Options{}))
		require.NoError(t, err)
		assert.Empty(t, server.Requests()[0].Header.Get("Authorization"))
		assert.NotContains(t, server.Requests()[0].URL.RawQuery, "apikey")
	}
}

func TestVendorsAreAskedAgain(t *testing.T) {
	for name, v := range vendors {
		for what, c := range map[string]struct {
			handlers []http.HandlerFunc
			asked    int
			kind     sim.Kind // "" when it ends well
		}{
			"429 once":       {[]http.HandlerFunc{status(429), vendortest.Says(v.answer)}, 2, ""},
			"503 twice":      {[]http.HandlerFunc{status(503), status(502), vendortest.Says(v.answer)}, 3, ""},
			"nonsense once":  {[]http.HandlerFunc{vendortest.Says("<html>"), vendortest.Says(v.answer)}, 2, ""},
			"cut off once":   {[]http.HandlerFunc{status(200, "Content-Length", "100"), vendortest.Says(v.answer)}, 2, ""},
			"500 for ever":   {[]http.HandlerFunc{status(500)}, 1 + maxRetries, sim.KindUnavailable},
			"429 for ever":   {[]http.HandlerFunc{status(429)}, 1 + maxRetries, sim.KindRateLimited},
			"wait too long":  {[]http.HandlerFunc{status(429, "Retry-After", "3600"), vendortest.Says(v.answer)}, 1, sim.KindRateLimited},
			"wrong question": {[]http.HandlerFunc{status(400)}, 1, sim.KindInvalid},
			"wrong key":      {[]http.HandlerFunc{status(401)}, 1, sim.KindUnavailable},
			"no money":       {[]http.HandlerFunc{status(402)}, 1, sim.KindUnavailable},
			"no list":        {[]http.HandlerFunc{vendortest.Says(`{}`), vendortest.Says(v.answer)}, 2, ""},
			"too large":      {[]http.HandlerFunc{vendortest.Says(`{"data":"` + strings.Repeat("x", maxAnswer) + `"}`)}, 1, sim.KindUnavailable},
		} {
			server := vendortest.ServeInTurn(t, c.handlers...)
			source, err := v.open(VendorOptions{BaseURL: server.URL, Key: canaryKey})
			found, err := ask(t, search(t, source, err, Options{}))
			assert.Len(t, server.Requests(), c.asked, "%s, %s", name, what)
			if c.kind == "" {
				assert.NoError(t, err, "%s, %s", name, what)
				assert.Len(t, found.Items, 1)
				continue
			}
			assert.Equal(t, c.kind, sim.KindOf(err), "%s, %s: %v", name, what, err)
			assert.Empty(t, found)
		}
	}
}

func TestAVendorIsLeftAloneAsLongAsItAsks(t *testing.T) {
	server := vendortest.ServeInTurn(t, status(429, "Retry-After", "1"), vendortest.Says(vendors["jina"].answer))
	source, err := NewJina(VendorOptions{BaseURL: server.URL})
	began := time.Now()
	_, err = ask(t, search(t, source, err, Options{}))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, time.Since(began), time.Second)
}

// No error holds the key, the address, or words of the vendor, wherever they
// come from.
func TestErrorsRevealNothing(t *testing.T) {
	said := `{"Information": "your key ` + canaryKey + ` on 2025-10-23", "Error Message": "` + canaryKey + `"}`
	elsewhere := vendortest.ServeInTurn(t, vendortest.Says("never"))
	for name, v := range vendors {
		for what, handler := range map[string]http.HandlerFunc{
			"status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); _, _ = w.Write([]byte(said)) },
			"refusal": func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(403)
				_, _ = w.Write([]byte(said))
			},
			"message":  vendortest.Says(said),
			"nonsense": vendortest.Says(canaryKey),
			"redirect": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL+"/?"+r.URL.RawQuery, http.StatusFound)
			},
			"loop": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
			"broken": func(w http.ResponseWriter, _ *http.Request) {
				connection, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					err = connection.Close()
				}
				if err != nil {
					panic(err)
				}
			},
		} {
			server := vendortest.ServeInTurn(t, handler)
			source, err := v.open(VendorOptions{BaseURL: server.URL, Key: canaryKey})
			_, err = ask(t, search(t, source, err, Options{}))
			require.Error(t, err, "%s, %s", name, what)
			for _, text := range []string{err.Error(), sim.MessageOf(err)} {
				for _, never := range []string{"canary", "127.0.0.1", "2025-10-23"} {
					assert.NotContains(t, text, never, "%s, %s", name, what)
				}
			}
			assert.NotContains(t, fmt.Sprintf("%v %+v %#v", source, source, source), "canary")
		}
	}
	assert.Empty(t, elsewhere.Requests(), "the key goes nowhere else")
}

func TestARedirectWithinTheHostIsFollowed(t *testing.T) {
	server := vendortest.ServeInTurn(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/there?"+r.URL.RawQuery, http.StatusFound)
	}, vendortest.Says(vendors["jina"].answer))
	source, err := NewJina(VendorOptions{BaseURL: server.URL, Key: canaryKey})
	found, err := ask(t, search(t, source, err, Options{}))
	require.NoError(t, err)
	assert.Len(t, found.Items, 1)
	assert.Equal(t, "Bearer "+canaryKey, server.Requests()[1].Header.Get("Authorization"))
}

func TestSlowVendors(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}
	for name, v := range vendors {
		server := vendortest.ServeInTurn(t, slow, vendortest.Says(v.answer))
		source, err := v.open(VendorOptions{BaseURL: server.URL, Timeout: 50 * time.Millisecond})
		found, err := ask(t, search(t, source, err, Options{}))
		require.NoError(t, err, "%s: the second try is in time", name)
		assert.Len(t, found.Items, 1)

		server = vendortest.ServeInTurn(t, slow)
		source, err = v.open(VendorOptions{BaseURL: server.URL})
		s := search(t, source, err, Options{Timeout: 50 * time.Millisecond})
		began := time.Now()
		_, err = ask(t, s)
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
		assert.Less(t, time.Since(began), 2*time.Second)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.On(sessionDate).Search(ctx, "chips", nil)
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	}
}

func TestAtMostAFewAreAskedAtOnce(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 100)
	server := vendortest.ServeInTurn(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = w.Write([]byte(vendors["jina"].answer))
	})
	source, err := NewJina(VendorOptions{BaseURL: server.URL})
	s := search(t, source, err, Options{Timeout: 10 * time.Second})
	ended := make(chan error, 3*maxAtOnce)
	for range 3 * maxAtOnce {
		go func() {
			_, err := s.On(sessionDate).Search(context.Background(), "chips", nil)
			ended <- err
		}()
	}
	for range maxAtOnce {
		<-arrived
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.On(sessionDate).Search(ctx, "chips", nil)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), "no place became free")
	assert.Empty(t, arrived)
	close(release)
	for range 3 * maxAtOnce {
		assert.NoError(t, <-ended)
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	o := VendorOptions{Key: canaryKey}
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", o, o, o), "canary")
}

func TestAnErrorOfAnotherSourceIsPassedOn(t *testing.T) {
	s := search(t, given{err: errors.New("boom")}, nil, Options{})
	_, err := ask(t, s)
	assert.EqualError(t, err, "boom")
}

package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// maxAnswer bounds an answer's body in bytes: a Lambda function cannot return more
// than 6 MB.
const maxAnswer = 6_000_000

// answer is a complete response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// jsonAnswer encodes a value. It fails with kind too_large above the limit.
func jsonAnswer(status int, v any) (answer, error) {
	body, err := encode(v)
	if err != nil {
		return answer{}, err
	}
	return rawAnswer(status, "application/json", body)
}

// rawAnswer answers with an encoded body.
func rawAnswer(status int, contentType string, body []byte) (answer, error) {
	if len(body) > maxAnswer {
		return answer{}, errTooLarge()
	}
	return answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}, nil
}

// pageLink returns the address of the page of a list that begins at next, with the
// parameters of the page before; "" when next is "".
func pageLink(path, next string, limit int, parameters map[string]string) string {
	if next == "" {
		return ""
	}
	v := url.Values{"limit": {strconv.Itoa(limit)}, "next": {next}}
	for name, value := range parameters {
		if value != "" {
			v.Set(name, value)
		}
	}
	return path + "?" + v.Encode()
}

// csvAnswer answers with a table. A Link header holds the address of its next page,
// if there is one.
func csvAnswer(head []string, rows [][]string, next string) (answer, error) {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(append([][]string{head}, rows...)); err != nil {
		return answer{}, err
	}
	a, err := rawAnswer(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	if err == nil && next != "" {
		a.header.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", next))
	}
	return a, err
}

func errTooLarge() error {
	return sim.Errorf(sim.KindTooLarge, "the answer would exceed %d bytes; ask for less: a smaller limit (and continue with next), "+
		"one model, a shorter range, or reasoning=summary", maxAnswer)
}

// encode writes a value as one line of JSON.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return b.Bytes(), nil
}

// problemAnswer is the response to a request that failed.
func problemAnswer(p *api.Problem) answer {
	body, err := encode(p)
	if err != nil { // a field that JSON cannot hold; the named members always fit
		body, _ = encode(problemWith(p.Status, sim.Kind(p.Code), p.Message, nil))
	}
	return answer{status: p.Status, header: problemHeaders(p.Status), body: body}
}

// etag returns the strong entity tag of the body.
func (a answer) etag() string {
	sum := sha256.Sum256(a.body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// conditional adds the entity tag, and turns the answer into a 304 when the caller
// already has this body.
func (a answer) conditional(ifNoneMatch string) answer {
	tag := a.etag()
	a.header.Set("ETag", tag)
	a.header.Set("Cache-Control", "no-cache") // keep it, and ask each time
	if matchesTag(ifNoneMatch, tag) {
		a.header.Del("Content-Type")
		a.status, a.body = http.StatusNotModified, nil
	}
	return a
}

// matchesTag reports whether an If-None-Match header names a tag.
func matchesTag(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == tag || candidate == "*" {
			return true
		}
	}
	return false
}

// send writes the answer through huma.
func (a answer) send(ctx huma.Context) {
	for name, values := range a.header {
		for _, v := range values {
			ctx.AppendHeader(name, v)
		}
	}
	ctx.SetStatus(a.status)
	if len(a.body) > 0 {
		_, _ = ctx.BodyWriter().Write(a.body) // it fails when the client is gone
	}
}

// write writes the answer to a plain handler's response.
func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // it fails when the client is gone
}

// fail answers a plain handler's request with an error.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	failed(r.Context(), err).write(w)
}

// later is an error that is over after a known time.
type later struct {
	error
	wait time.Duration
}

// Unwrap returns the error itself.
func (l *later) Unwrap() error { return l.error }

// failed turns an error into an answer, and keeps it for the log.
func failed(ctx context.Context, err error) answer {
	requestOf(ctx).cause = err
	a := problemAnswer(newProblem(err))
	if l, ok := errors.AsType[*later](err); ok {
		a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(l.wait.Seconds()))))
	}
	return a
}

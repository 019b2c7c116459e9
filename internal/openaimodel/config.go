package openaimodel

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// DefaultBaseURL is the address of models without a base URL.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultCallTimeout bounds one attempt by default.
const DefaultCallTimeout = 2 * time.Minute

// Config configures a model. Only Model is required.
type Config struct {
	// Model is the provider's name of the model, such as "openai/gpt-5".
	Model string
	// BaseURL is the address, with or without "/chat/completions". Credentials in it are sent
	// as basic authentication where Key is empty. "": DefaultBaseURL.
	BaseURL string
	// Key is sent as a bearer token, or with an APIVersion in Azure's header. "": none.
	Key secret.Text
	// APIVersion is the version of Azure's API, such as "2024-10-21". "": the API has none.
	APIVersion string
	// Params are added to the body of each request unchanged: temperature,
	// max_tokens, seed, reasoning_effort and so on. Only cache_marker is not sent: its
	// value becomes the cache_control of the messages of the prompt.
	Params map[string]any
	// MaxRetries is how often a failed attempt is repeated.
	MaxRetries int
	// BaseDelay bounds the random wait before the first retry; the bound doubles
	// with each further one, up to a minute.
	BaseDelay time.Duration
	// CallTimeout bounds one attempt, from the connection to the last byte of
	// the answer. 0: DefaultCallTimeout.
	CallTimeout time.Duration
	// Limiter bounds the concurrent attempts. nil: no bound.
	Limiter Limiter
	// Meter, if set, reserves before each attempt and settles after it. MaxOutput is the
	// most tokens of an answer that Params allow; 0: no bound.
	Meter     Meter
	MaxOutput int64
	// HTTPClient makes the requests. Its policy for redirects is ignored: they are
	// refused, because they could carry the key to another host. nil: a new client.
	HTTPClient *http.Client

	// Now, Sleep and Jitter, which returns a number in [0, 1), replace the clock and
	// chance in tests. nil: the real ones.
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error
	Jitter func() float64
}

// reservedParams are the fields of a request that this package sets.
var reservedParams = []string{"model", "messages", "tools", "functions", "stream_options", "n"}

// New returns a model. An error is of kind invalid_request and names the field, what is
// allowed, and the value unless it is secret.
func New(c Config) (*Model, error) {
	if strings.TrimSpace(c.Model) == "" {
		return nil, sim.Errorf(sim.KindInvalid, "model %q: the provider's name of a model is expected", c.Model)
	}
	to, user, err := parseAddress(c.BaseURL, c.APIVersion, c.Model)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(c.Key.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, sim.Errorf(sim.KindInvalid,
			"the key holds a blank, a line end or a character that is not ASCII: only printable ASCII can be sent")
	}
	params, stream, err := encodeParams(c.Params)
	if err != nil {
		return nil, err
	}
	marker, err := cacheMarker(params)
	if err != nil {
		return nil, err
	}
	if c.MaxRetries < 0 || c.BaseDelay < 0 || c.CallTimeout < 0 {
		return nil, sim.Errorf(sim.KindInvalid, "max_retries %d, base_delay %s, timeout %s: none may be negative", c.MaxRetries,
			c.BaseDelay, c.CallTimeout)
	}
	m := &Model{
		name: c.Model, address: to, params: params, stream: stream, cacheMarker: marker,
		authorize: to.authorizer(c.Key, user), scrub: secret.Scrubber(secrets(c.Key, user)...),
		client: client(c.HTTPClient), limiter: c.Limiter, meter: c.Meter, maxOutput: c.MaxOutput,
		maxRetries: c.MaxRetries, callTimeout: c.CallTimeout,
		retry: backoff.Policy{Base: c.BaseDelay, Max: maxBackoff, Random: c.Jitter, Wait: c.Sleep}, now: c.Now,
	}
	m.setDefaults()
	return m, nil
}

func (m *Model) setDefaults() {
	if m.callTimeout == 0 {
		m.callTimeout = DefaultCallTimeout
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.retry.Wait == nil {
		m.retry.Wait = backoff.Wait
	}
}

// encodeParams writes the parameters as JSON.
func encodeParams(params map[string]any) (fields map[string]json.RawMessage, stream bool, err error) {
	fields = make(map[string]json.RawMessage, len(params))
	for name, value := range params {
		if name == "stream" {
			on, ok := value.(bool)
			if !ok {
				return nil, false, sim.Errorf(sim.KindInvalid, `params: "stream" is %v: true or false is expected`, value)
			}
			stream = on
			continue
		}
		if slices.Contains(reservedParams, name) {
			return nil, false, sim.Errorf(sim.KindInvalid, "params: %q cannot be set: %s belong to the service", name,
				strings.Join(reservedParams, ", "))
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, false, sim.Errorf(sim.KindInvalid, "params: %q has a value that JSON cannot hold", name)
		}
		fields[name] = text
	}
	return fields, stream, nil
}

// secrets lists what an error must not show.
func secrets(key secret.Text, user *url.Userinfo) []string {
	out := []string{key.Reveal()}
	if user != nil {
		password, ok := user.Password()
		if !ok {
			password = user.Username() // a token in the place of the name
		}
		out = append(out, password)
	}
	return out
}

// client returns a copy of an HTTP client that returns redirects instead of following
// them.
func client(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{}
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

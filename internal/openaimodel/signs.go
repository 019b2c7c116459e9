package openaimodel

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// signs is what an error body says beside its text, wherever in the body it stands.
type signs struct {
	status int           // the first HTTP status that it names; 0: none
	codes  string        // its codes and types, in lower case, each on a line
	text   string        // the message
	wait   time.Duration // how long it asks to be left alone; 0: it does not say
}

// signsOf reads an error body in any of the forms of vendors (see vendor.go). Gateways
// put the body of their own provider into a string of theirs.
func signsOf(body []byte, now time.Time) signs {
	s := signs{text: describe(body)}
	if len(body) <= maxErrorBody {
		s.read("", body, now, 0)
	}
	s.wait = max(s.wait, waitInText(s.text))
	return s
}

// maxSignDepth bounds how deep a body is searched.
const maxSignDepth = 12

// read collects the signs of a value by its name.
func (s *signs) read(name string, value json.RawMessage, now time.Time, depth int) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || depth > maxSignDepth {
		return
	}
	switch value[0] {
	case '{':
		fields, _ := object(value)
		if name == "retrydelay" { // protobuf's duration, written out
			s.wait = max(s.wait, waitIn(fields["seconds"], now))
		}
		for _, inner := range sortedNames(fields) {
			s.read(plainName(inner), fields[inner], now, depth+1)
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(value, &list) == nil {
			for _, item := range list[:min(len(list), 20)] {
				s.read(name, item, now, depth+1)
			}
		}
	default:
		s.readScalar(name, value, now, depth)
	}
}

// readScalar collects the sign of a string or a number.
func (s *signs) readScalar(name string, value json.RawMessage, now time.Time, depth int) {
	text := textOf(value)
	switch {
	case text == "":
	case codeNames[name]:
		s.codes += strings.ToLower(text) + "\n"
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 400 && n < 600 && s.status == 0 {
			s.status = int(n)
		}
	case waitNames[name]:
		s.wait = max(s.wait, waitIn(value, now))
	case waitNamesMilli[name]:
		s.wait = max(s.wait, waitIn(value, now)/1000)
	case strings.HasPrefix(strings.TrimSpace(text), "{"), strings.HasPrefix(strings.TrimSpace(text), "["):
		if json.Valid([]byte(text)) {
			s.read(name, json.RawMessage(text), now, depth+1)
		}
	}
}

// plainName is a name of a field in lower case, without separators.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

func nameSet(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

var (
	codeNames = nameSet("code", "type", "status", "reason", "errorcode", "errortype", "statuscode", "httpstatus", "httpcode", "quotaid",
		"error")
	waitNames      = nameSet("retrydelay", "retryafter", "retryafterseconds", "retryin", "estimatedtime", "xratelimitreset", "ratelimitreset")
	waitNamesMilli = nameSet("retryafterms", "retryaftermilliseconds")
)

// sign is what a code or a text of vendors means.
type sign struct {
	codes, text *regexp.Regexp
	// status is the HTTP status of the same meaning.
	status int
	// permanent: another attempt ends the same way.
	permanent bool
}

func words(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }

var (
	// noQuota: the money of the account is used up, or what it may spend in a day or
	// a month.
	noQuota = sign{status: 402, permanent: true,
		codes: words(`insufficient_?\w*(?:quota|balance|credit|fund)|billing|credit_?balance|exceeded_current_quota|payment_?required` +
			`|arrear|overdue|out_of_credit|spend\w*_limit|account_deactivated|allocationquota|perday|quota_exhausted`),
		text: words(`insufficient\w* (?:\w+ )?(?:balance|quota|credit|fund)|balance is (?:too low|insufficient|not enough)|plan and billing` +
			`|exceeded your (?:current|monthly) quota|billing (?:hard )?limit|out of credit|no (?:more )?credits|more credits` +
			`|monthly \w*\s?credits|spend(?:ing)? limit|usage limits?\b|account (?:\w+ ){0,3}(?:suspended|deactivated|disabled|overdue|arrears)` +
			`|in arrears|negative balance|payment required|余额不足|欠费`)}
	badKey = sign{status: 401, permanent: true,
		codes: words(`(?:invalid|incorrect|expired|missing|bad|no)_?api_?key|api_?key_?(?:invalid|expired)|authentication|unauthori[sz]ed` +
			`|unauthenticated|invalid_?(?:access_)?token|permission_?(?:denied|error)|access_?(?:denied|terminated)|forbidden`),
		text: words(`(?:invalid|incorrect|expired|missing|wrong|no) (?:\w+ )?api[ _-]?key|api[ _-]?key (?:\w+ ){0,3}` +
			`(?:invalid|not valid|expired|incorrect|missing|required)|unauthori[sz]ed|authentication fail`)}
	unknownModel = sign{status: 404, permanent: true,
		codes: words(`model_?not_?(?:found|exist|support)|(?:unknown|invalid|unsupported|no_such)_?model|deployment_?not_?found` +
			`|modelnotopen|not_found_error`),
		text: words(`(?:unknown|invalid|unsupported|no such) model|model\b.{0,80}\b(?:not found|not exist|does not exist|is not supported)` +
			`|no (?:\w+ ){0,2}endpoints? found`)}
	rateLimit = sign{status: 429,
		codes: words(`rate_?limit|resource_?exhausted|too_?many_?requests|throttl|concurrency|qps`),
		text:  words(`rate.?limit|too many (?:\w+ )?requests|requests? limit|throttl|\bquota\b|\b429\b`)}
	overloaded = sign{status: 503,
		codes: words(`overload|capacity|unavailable|\bbusy|loading|not_ready`),
		text:  words(`overload|capacity|high demand|(?:server|service|model) (?:\w+ ){0,2}(?:busy|loading)`)}
	brokenServer = sign{status: 500,
		codes: words(`server_?error|^internal|timeout|timed_?out|upstream|bad_?gateway|deadline_?exceeded|^api_error|^aborted`),
		text:  words(`internal (?:server )?error|time-?d? ?out|bad gateway|gateway time|upstream`)}
	// unparsed: what the model wrote was no call that its server could read. Another
	// draw is likely to be better.
	unparsed = sign{status: 400,
		codes: words(`tool_?use_?failed|output_?parse_?failed|json_?validate_?failed|malformed_?(?:function|tool)_?call` +
			`|tool_?call_?\w*(?:fail|invalid)`),
		text: words(`failed to call a function|failed_generation|malformed[ _](?:function|tool)[ _]call` +
			`|(?:fail\w*|error|unable)\b[^.]{0,20} pars(?:e|ing)[^.]{0,30}(?:tool|function|output|generat|model)` +
			`|tool call validation failed|unexpected tokens remaining in message|output must contain either`)}
)

// meaning returns what an error means that came with an HTTP status; 0: in the body of a
// successful response. false: only what the status says.
func (s signs) meaning(status int) (sign, bool) {
	// Where the status itself is not clear, the text decides.
	unclear := status == 0 || status == http.StatusTooManyRequests || status >= 500
	wrong := unclear || status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
	switch {
	case s.has(noQuota, wrong && s.wait == 0): // a wait is named for a limit that passes, in the same words
		return noQuota, true
	case s.has(badKey, wrong):
		return badKey, true
	case s.has(unknownModel, unclear):
		return unknownModel, true
	}
	for _, x := range []sign{unparsed, rateLimit, overloaded, brokenServer} {
		switch {
		case status == 0 && s.has(x, true):
			return x, true
		case (status == 400 || status == 422) && s.has(x, x.status == unparsed.status) && x.status != brokenServer.status,
			status == 403 && s.has(x, false) && x.status == rateLimit.status,
			status >= 500 && s.has(x, true) && x.status == overloaded.status:
			return x, true
		}
	}
	return sign{}, false
}

// has reports whether the body has a sign, in its codes or, where it has no say in
// them, in its text.
func (s signs) has(x sign, alsoText bool) bool {
	for code := range strings.Lines(s.codes) {
		if x.codes.MatchString(strings.TrimSpace(code)) {
			return true
		}
	}
	return alsoText && x.text.MatchString(s.text)
}

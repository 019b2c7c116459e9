package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aitrader/internal/sim"
)

// TriggerBody documents the body of a trigger; decodeTrigger reads it.
type TriggerBody struct {
	Config     string        `json:"config,omitempty" doc:"The name of a configuration; without it, default."`
	ConfigPath string        `json:"config_path,omitempty" doc:"Another name of config."`
	StartDate  *string       `json:"start_date,omitempty" format:"date" nullable:"true" doc:"The first date. Without it each model resumes after its own last closed date; one without history starts at the configuration's date_range.init_date, or else at the end date."`
	EndDate    *string       `json:"end_date,omitempty" format:"date" nullable:"true" doc:"The last date, included. Without it, the last date with prices."`
	Models     []string      `json:"models,omitempty" nullable:"true" doc:"Signatures of the models to run. Without any, all enabled ones."`
	Experiment string        `json:"experiment,omitempty" pattern:"^[a-z0-9-]{1,40}$" doc:"The namespace of the portfolios; without it, main."`
	Replace    bool          `json:"replace_existing,omitempty" doc:"Run closed dates again. The closed days from the first one on leave their books, and stay readable by their job id."`
	DryRun     bool          `json:"dry_run,omitempty" doc:"Only say what would run."`
	Budget     float64       `json:"budget_usd,omitempty" nullable:"true" exclusiveMinimum:"0" doc:"The most that all models of the job may cost, in USD with at most 4 decimals, instead of the configuration's budget_usd. Each model that it pays for needs a price and a max_tokens."`
	Replicas   int           `json:"replicas,omitempty" minimum:"1" maximum:"20" doc:"How many books of each model run side by side, as gpt-5, gpt-5~2 and so on: what differs between them is chance. The leaderboard gives their mean and spread."`
	ReplayOf   string        `json:"replay_of,omitempty" maxLength:"100" doc:"The id of a job that has ended, to be repeated from its transcripts: no provider is asked, no key is needed, and nothing is spent. Its configuration, dates and models are used, and its books begin anew in experiment, or else in one that is named after it. A model-day in which a request differs from what was recorded fails with replay_differs. The receipts of the two jobs say whether all is the same."`
	RescoreOf  string        `json:"rescore_of,omitempty" maxLength:"100" doc:"The id of a job that has ended, whose orders are given again under costs, without a model, into an experiment of its own. An order that cannot be paid any more is refused, as the transcript shows."`
	Costs      *TradingCosts `json:"costs,omitempty" doc:"For rescore_of: what trades cost."`
	Callback   string        `json:"callback_url,omitempty" format:"uri" maxLength:"2048" nullable:"true" doc:"Where the end of the job is told, by one signed POST: https, and a host that the service allows. It is a secret, and shown nowhere. Of an answer without a job (current, dry_run) nothing ends, and nothing is told."`
}

// NoBody documents the body of a route that reads none.
type NoBody struct{}

var experimentName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// bodyField reads one member of a body into its place. It returns what is
// allowed when the value is not.
type bodyField func(value json.RawMessage) (allowed string)

// decodeTrigger reads the body of a trigger. An empty body asks for what is
// missing. Errors name the field, the value and what is allowed.
func decodeTrigger(body []byte) (sim.TriggerRequest, error) {
	var r sim.TriggerRequest
	var config, configPath string
	err := decodeObject(body, map[string]bodyField{
		"config":           textField(&config),
		"config_path":      textField(&configPath),
		"start_date":       dateField(&r.Start),
		"end_date":         dateField(&r.End),
		"models":           modelsField(&r.Models),
		"experiment":       experimentField(&r.Experiment),
		"replace_existing": boolField(&r.Replace),
		"dry_run":          boolField(&r.DryRun),
		"budget_usd":       budgetField(&r.Budget),
		"replicas":         replicasField(&r.Replicas),
		"replay_of":        textField(&r.ReplayOf),
		"rescore_of":       textField(&r.RescoreOf),
		"costs":            costsField(&r.Costs),
		"callback_url":     secretField(&r.CallbackURL),
	})
	if err != nil {
		return sim.TriggerRequest{}, err
	}
	if config != "" && configPath != "" && config != configPath {
		return sim.TriggerRequest{}, sim.Errorf(sim.KindInvalid, "body fields %q and %q name different configurations, %q and %q: give one of them", "config", "config_path", config, configPath)
	}
	r.Config = config + configPath
	if config == configPath {
		r.Config = config
	}
	return r, nil
}

// decodeObject reads a JSON object member by member. Names are case-sensitive,
// and each may stand once. Blanks alone are an empty object.
func decodeObject(body []byte, fields map[string]bodyField) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return sim.Errorf(sim.KindInvalid, "the body is %s: a JSON object, or nothing, is expected", excerpt(body))
	}
	var unknown []string
	seen := map[string]bool{}
	for d.More() {
		name, value, err := member(d)
		if err != nil {
			return brokenBody(d)
		}
		if seen[name] {
			return sim.Errorf(sim.KindInvalid, "body field %q is given more than once", name)
		}
		seen[name] = true
		read, ok := fields[name]
		if !ok {
			unknown = append(unknown, strconv.Quote(name))
			continue
		}
		if allowed := read(value); allowed != "" {
			shown := excerpt(value)
			if allowed == aSecret {
				shown = "the value"
			}
			return sim.Errorf(sim.KindInvalid, "body field %q: %s is not allowed; %s is expected", name, shown, allowed)
		}
	}
	if _, err := d.Token(); err != nil {
		return brokenBody(d)
	}
	if _, err := d.Token(); err != io.EOF {
		return sim.Errorf(sim.KindInvalid, "something follows the JSON object of the body")
	}
	if len(unknown) > 0 {
		return unknownFields(unknown, fields)
	}
	return nil
}

// member reads a name and its value.
func member(d *json.Decoder) (name string, value json.RawMessage, err error) {
	token, err := d.Token()
	if err != nil {
		return "", nil, err
	}
	name, _ = token.(string) // in an object the decoder takes nothing else here
	return name, value, d.Decode(&value)
}

func brokenBody(d *json.Decoder) error {
	return sim.Errorf(sim.KindInvalid, "the body is not JSON from byte %d on", d.InputOffset())
}

func unknownFields(unknown []string, fields map[string]bodyField) error {
	known := make([]string, 0, len(fields))
	for name := range fields {
		known = append(known, name)
	}
	slices.Sort(known)
	allowed := strings.Join(known, ", ")
	if allowed == "" {
		allowed = "none"
	}
	return sim.Errorf(sim.KindInvalid, "unknown body field %s; known: %s", strings.Join(unknown, ", "), allowed)
}

// isNull reports whether a value is null, which stands for a missing one.
func isNull(value json.RawMessage) bool { return string(value) == "null" }

func textField(to *string) bodyField {
	return func(value json.RawMessage) string {
		if isNull(value) {
			return ""
		}
		if json.Unmarshal(value, to) != nil || *to == "" || len(*to) > 200 {
			return "a text of 1 to 200 bytes, or null,"
		}
		return ""
	}
}

// aSecret is what a secret field expects. Its value is not quoted in an error.
const aSecret = "an https URL of at most 2048 bytes, or null,"

func secretField(to *sim.CallbackURL) bodyField {
	return func(value json.RawMessage) string {
		if isNull(value) {
			return ""
		}
		if json.Unmarshal(value, to) != nil || *to == "" || len(*to) > 2048 {
			return aSecret
		}
		return ""
	}
}

func budgetField(to *sim.Money) bodyField {
	return func(value json.RawMessage) string {
		if isNull(value) {
			return ""
		}
		if json.Unmarshal(value, to) != nil || *to <= 0 {
			return "an amount in USD above 0 with at most 4 decimals, or null,"
		}
		return ""
	}
}

func replicasField(to *int) bodyField {
	return func(value json.RawMessage) string {
		if json.Unmarshal(value, to) != nil || *to < 1 || *to > mostReplicas {
			return "a whole number from 1 to 20"
		}
		return ""
	}
}

// mostReplicas is half of the books that a job can have.
const mostReplicas = 20

func costsField(to **sim.TradingCosts) bodyField {
	return func(value json.RawMessage) string {
		d := json.NewDecoder(bytes.NewReader(value))
		d.DisallowUnknownFields()
		var costs sim.TradingCosts
		if isNull(value) || d.Decode(&costs) != nil || costs.Check() != nil {
			return "an object of commission_per_share, commission_per_trade and commission_min in USD and slippage_bps from 0 to below 10000"
		}
		*to = &costs
		return ""
	}
}

func experimentField(to *string) bodyField {
	return func(value json.RawMessage) string {
		if isNull(value) {
			return ""
		}
		if json.Unmarshal(value, to) != nil || !experimentName.MatchString(*to) {
			return "a text of 1 to 40 of a-z, 0-9 and hyphen, or null,"
		}
		return ""
	}
}

func boolField(to *bool) bodyField {
	return func(value json.RawMessage) string {
		if json.Unmarshal(value, to) != nil || isNull(value) {
			return "true or false"
		}
		return ""
	}
}

func dateField(to *sim.Date) bodyField {
	return func(value json.RawMessage) string {
		if isNull(value) {
			return ""
		}
		var text string
		err := json.Unmarshal(value, &text)
		if err == nil {
			*to, err = sim.ParseDate(text)
		}
		if err != nil {
			return "a date YYYY-MM-DD that exists, from 1971 on, or null,"
		}
		return ""
	}
}

func modelsField(to *[]string) bodyField {
	const allowed = "a list of different signatures, or null for all enabled models,"
	return func(value json.RawMessage) string {
		var list []*string
		if json.Unmarshal(value, &list) != nil {
			return allowed
		}
		for _, signature := range list {
			if signature == nil || *signature == "" || slices.Contains(*to, *signature) {
				return allowed
			}
			*to = append(*to, *signature)
		}
		return ""
	}
}

// excerpt quotes the beginning of a value for a message.
func excerpt(value []byte) string {
	const most = 60
	text := strings.ToValidUTF8(string(bytes.TrimSpace(value)), "\ufffd")
	if len(text) > most {
		cut := most
		for cut > 0 && text[cut]&0xC0 == 0x80 { // not in the middle of a character
			cut--
		}
		return fmt.Sprintf("%s... (%d bytes)", text[:cut], len(value))
	}
	return text
}

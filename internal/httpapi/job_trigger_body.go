package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/sim"
)

// triggerBody is what the body of a trigger says.
type triggerBody struct {
	sim.TriggerRequest
	configPath string
}

// triggerFields are the fields of the body of a trigger, for the document and for
// the reader.
var triggerFields = []bodyField[triggerBody]{
	configField("config", "The name of a configuration; default when absent.",
		func(b *triggerBody) *string { return &b.Config }),
	configField("config_path", "An alias of config.",
		func(b *triggerBody) *string { return &b.configPath }),
	dateField("start_date", "The first date. Without it, each model resumes after its own last closed date; "+
		"one without history starts at the configuration's date_range.init_date, or else at the end date.",
		func(b *triggerBody) *sim.Date { return &b.Start }),
	dateField("end_date", "The last date, included. Without it, the last date with prices.",
		func(b *triggerBody) *sim.Date { return &b.End }),
	modelsField("models", "Signatures of the models to run. Without any, all enabled ones.",
		func(b *triggerBody) *[]string { return &b.Models }),
	experimentField("experiment", "The namespace of the portfolios; main when absent.",
		func(b *triggerBody) *string { return &b.Experiment }),
	boolField("replace_existing", "Run closed dates again. The closed days from the first one on leave their books, "+
		"and stay readable by their job id.",
		func(b *triggerBody) *bool { return &b.Replace }),
	boolField("dry_run", "Only say what would run.",
		func(b *triggerBody) *bool { return &b.DryRun }),
	budgetField("budget_usd", "The most that all models of the job may cost, in USD with at most 4 decimals, "+
		"instead of the configuration's budget_usd. Each model that it pays for needs a price and a max_tokens.",
		func(b *triggerBody) *sim.Money { return &b.Budget }),
	replicasField("replicas", "How many books of each model run side by side, as gpt-5, gpt-5~2 and so on: they differ by chance only. "+
		"The leaderboard shows their mean and spread.",
		func(b *triggerBody) *int { return &b.Replicas }),
	jobField("replay_of", "The id of a job that has ended, to be repeated from its transcripts: no provider is asked, no key is needed, "+
		"and nothing is spent. Its configuration, dates and models are used, and its books begin anew in experiment, "+
		"or else in one that is named after it. A model-day in which a request differs from the recorded one fails with replay_differs. "+
		"The receipts of the two jobs show whether everything is the same.",
		func(b *triggerBody) *string { return &b.ReplayOf }),
	jobField("rescore_of", "The id of a job that has ended, whose orders are executed again under costs, without a model, "+
		"in an experiment of their own. An order that has become too expensive is refused, as the transcript shows.",
		func(b *triggerBody) *string { return &b.RescoreOf }),
	costsField("costs", "For rescore_of: the trading costs.",
		func(b *triggerBody) **sim.TradingCosts { return &b.Costs }),
	callbackField("callback_url", "The address to notify of the end of the job, by one signed POST: https, on an allowed host. "+
		"It is a secret, and never shown. An answer without a job (current, dry_run) sends nothing.",
		func(b *triggerBody) *sim.CallbackURL { return &b.CallbackURL }),
}

// decodeTrigger reads the body of a trigger. An empty body asks for a catch-up.
func decodeTrigger(body []byte) (sim.TriggerRequest, error) {
	b, err := decodeBody(body, triggerFields)
	if err != nil {
		return sim.TriggerRequest{}, err
	}
	if b.Config != "" && b.configPath != "" && b.Config != b.configPath {
		return sim.TriggerRequest{}, sim.Errorf(sim.KindInvalid,
			"body fields %q and %q name different configurations, %q and %q: give one of them", "config", "config_path", b.Config, b.configPath)
	}
	if b.Config == "" {
		b.Config = b.configPath
	}
	return b.TriggerRequest, nil
}

const (
	maxText        = 200  // bytes
	maxCallbackURL = 2048 // bytes
	maxReplicas    = 20   // half of the books that a job can have
)

func textField(name, description string, member func(*triggerBody) *string) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:    name,
		schema:  huma.Schema{Type: huma.TypeString, Nullable: true, MinLength: new(1), MaxLength: new(maxText), Description: description},
		allowed: fmt.Sprintf("a text of 1 to %d bytes, or null,", maxText),
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			to := member(b)
			return json.Unmarshal(value, to) == nil && *to != "" && len(*to) <= maxText
		}),
	}
}

// configField is a textField for the name of a configuration.
func configField(name, description string, member func(*triggerBody) *string) bodyField[triggerBody] {
	f := textField(name, description, member)
	f.schema.Pattern = `^(configs/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(\.json)?$`
	return f
}

// jobField is a textField for the id of a job.
func jobField(name, description string, member func(*triggerBody) *string) bodyField[triggerBody] {
	f := textField(name, description, member)
	f.schema.Pattern = "^[0-9a-z-]{1,36}$"
	return f
}

func callbackField(name, description string, member func(*triggerBody) *sim.CallbackURL) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name: name,
		schema: huma.Schema{
			Type: huma.TypeString, Format: "uri", Pattern: "^https://", Nullable: true, MaxLength: new(maxCallbackURL), Description: description,
		},
		allowed: fmt.Sprintf("an https URL of at most %d bytes, or null,", maxCallbackURL),
		secret:  true,
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			to := member(b)
			return json.Unmarshal(value, to) == nil && *to != "" && len(*to) <= maxCallbackURL
		}),
	}
}

func budgetField(name, description string, member func(*triggerBody) *sim.Money) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:    name,
		schema:  huma.Schema{Type: huma.TypeNumber, Nullable: true, Minimum: new(0.0001), Description: description},
		allowed: "an amount in USD above 0 with at most 4 decimals, or null,",
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			to := member(b)
			return json.Unmarshal(value, to) == nil && *to > 0
		}),
	}
}

func replicasField(name, description string, member func(*triggerBody) *int) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name: name,
		schema: huma.Schema{
			Type: huma.TypeInteger, Minimum: new(1.0), Maximum: new(float64(maxReplicas)), Description: description,
		},
		allowed: fmt.Sprintf("a whole number from 1 to %d", maxReplicas),
		read: func(b *triggerBody, value json.RawMessage) bool {
			var number float64 // in JSON Schema 2.0 is a whole number too
			if json.Unmarshal(value, &number) != nil || number < 1 || number > maxReplicas || number != math.Trunc(number) {
				return false
			}
			*member(b) = int(number)
			return true
		},
	}
}

func costsField(name, description string, member func(*triggerBody) **sim.TradingCosts) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:   name,
		schema: huma.Schema{Ref: "#/components/schemas/" + reflect.TypeFor[TradingCosts]().Name(), Description: description},
		allowed: "an object of commission_per_share, commission_per_trade and commission_min in USD " +
			"and slippage_bps from 0 to below 10000",
		read: func(b *triggerBody, value json.RawMessage) bool {
			d := json.NewDecoder(bytes.NewReader(value))
			d.DisallowUnknownFields()
			var costs sim.TradingCosts
			*member(b) = &costs
			return !isNull(value) && d.Decode(&costs) == nil && costs.Check() == nil
		},
	}
}

var experimentName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func experimentField(name, description string, member func(*triggerBody) *string) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:    name,
		schema:  huma.Schema{Type: huma.TypeString, Nullable: true, Pattern: experimentName.String(), Description: description},
		allowed: "a text of 1 to 40 of a-z, 0-9 and hyphen, or null,",
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			to := member(b)
			return json.Unmarshal(value, to) == nil && experimentName.MatchString(*to)
		}),
	}
}

func boolField(name, description string, member func(*triggerBody) *bool) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:    name,
		schema:  huma.Schema{Type: huma.TypeBoolean, Description: description},
		allowed: "true or false",
		read: func(b *triggerBody, value json.RawMessage) bool {
			return !isNull(value) && json.Unmarshal(value, member(b)) == nil
		},
	}
}

func dateField(name, description string, member func(*triggerBody) *sim.Date) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name:    name,
		schema:  huma.Schema{Type: huma.TypeString, Format: "date", Pattern: datePattern, Nullable: true, Description: description},
		allowed: "a date YYYY-MM-DD that exists, from 1971 on, or null,",
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			var text string
			if json.Unmarshal(value, &text) != nil {
				return false
			}
			var err error
			*member(b), err = sim.ParseDate(text)
			return err == nil
		}),
	}
}

func modelsField(name, description string, member func(*triggerBody) *[]string) bodyField[triggerBody] {
	return bodyField[triggerBody]{
		name: name,
		schema: huma.Schema{
			Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, MinLength: new(1)}, UniqueItems: true,
			Nullable: true, Description: description,
		},
		allowed: "a list of different signatures, or null for all enabled models,",
		read: orNull(func(b *triggerBody, value json.RawMessage) bool {
			var list []*string
			if json.Unmarshal(value, &list) != nil {
				return false
			}
			to := member(b)
			for _, signature := range list {
				if signature == nil || *signature == "" || slices.Contains(*to, *signature) {
					return false
				}
				*to = append(*to, *signature)
			}
			return true
		}),
	}
}

package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawUsage(t *rapid.T, label string) Usage {
	input, output := rapid.Int64Range(0, 1<<40).Draw(t, label+" input"), rapid.Int64Range(0, 1<<40).Draw(t, label+" output")
	return Usage{Input: input, Output: output, Cached: rapid.Int64Range(0, input).Draw(t, label+" cached")}
}

// tokensCost is the product in exact arithmetic, or the largest cost.
func tokensCost(parts ...int64) TokenCost {
	sum := new(big.Int)
	for i := 0; i < len(parts); i += 2 {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(parts[i]), big.NewInt(parts[i+1])))
	}
	if !sum.IsInt64() {
		return math.MaxInt64
	}
	return TokenCost(sum.Int64())
}

func TestAPriceIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		used := drawUsage(t, "used")
		amount := rapid.Custom(func(t *rapid.T) Money { return Money(rapid.Int64Range(0, 10_000*int64(Dollar)).Draw(t, "price")) })
		p := TokenPrice{Input: amount.Draw(t, "input"), Output: amount.Draw(t, "output")}
		require.Equal(t, tokensCost(used.Input, int64(p.Input), used.Output, int64(p.Output)), p.Of(used))
		p.Cached = new(amount.Draw(t, "cached"))
		require.Equal(t, tokensCost(used.Input-used.Cached, int64(p.Input), used.Cached, int64(*p.Cached), used.Output,
			int64(p.Output)), p.Of(used))
	})
	// 1.25 and 10 USD per million: one token is 0.00000125 USD, and not a cent is lost.
	p := TokenPrice{Input: Dollar + Dollar/4, Output: 10 * Dollar, Cached: new(Dollar / 8)}
	assert.Equal(t, "0.00000125", p.Of(Usage{Input: 1}).String())
	assert.Equal(t, "0.01233625", p.Of(Usage{Input: 2001, Cached: 1000, Output: 1096, Reasoning: 1000}).String())
}

func TestACostIsAnExactNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := TokenCost(rapid.Int64Range(0, math.MaxInt64).Draw(t, "cost"))
		text, err := json.Marshal(c)
		require.NoError(t, err)
		var back TokenCost
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, c, back)
	})
	for _, text := range []string{`"1"`, `0.00000000001`, `1e400`, `true`} {
		assert.Error(t, json.Unmarshal([]byte(text), new(TokenCost)), text)
	}
}

// Whatever the order of calls, no more can be spent than the limits say, as long as
// no call costs more than was reserved for it.
func TestSpendingStaysWithinItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := SpendingLimits{Job: TokenCost(rapid.IntRange(0, 3000).Draw(t, "cap of the job")),
			Model: TokenCost(rapid.IntRange(0, 1500).Draw(t, "cap of a model"))}
		models, job := map[string]Spending{}, Spending{}
		refused := map[string]bool{}
		type open struct {
			ModelCall
			worst TokenCost
		}
		var calls []open
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			var spending CallSpending
			var model string
			if n := len(calls); n > 0 && rapid.Bool().Draw(t, "settle") {
				c := calls[rapid.IntRange(0, n-1).Draw(t, "which")] // one may be settled again
				model = c.Model
				spending = CallSpending{Model: models[model], Job: job}.Settle(c.ModelCall, Usage{Input: 1},
					TokenCost(rapid.IntRange(0, int(c.worst)).Draw(t, "cost")))
			} else {
				model = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "model")
				c := open{ModelCall{JobID: "j", Model: model, ID: fmt.Sprint(i)}, TokenCost(rapid.IntRange(0, 900).Draw(t, "worst"))}
				var err error
				spending, err = CallSpending{Model: models[model], Job: job}.Reserve(c.ModelCall, c.worst, limits)
				switch {
				case err == nil:
					require.False(t, refused[model] || refused[JobSpending], "after a refusal")
					calls = append(calls, c)
				default:
					require.True(t, IsKind(err, KindBudget))
					refused[model] = refused[model] || spending.Model.Exhausted
					refused[JobSpending] = refused[JobSpending] || spending.Job.Exhausted
					require.True(t, refused[model] || refused[JobSpending])
				}
			}
			models[model], job = spending.Model, spending.Job
			var sum TokenCost
			for name, spending := range models {
				require.True(t, limits.Model == 0 || spending.Cost+spending.Reserved() <= limits.Model, name)
				sum += spending.Cost + spending.Reserved()
			}
			require.True(t, limits.Job == 0 || sum <= limits.Job)
			if limits.Job > 0 {
				require.Equal(t, sum, job.Cost+job.Reserved(), "the job's tab is the sum of its models'")
			}
		}
	})
}

func TestACallIsSettledOnce(t *testing.T) {
	c := ModelCall{JobID: "j", Model: "a", ID: "1"}
	spending, err := CallSpending{}.Reserve(c, 10, SpendingLimits{Job: 10})
	require.NoError(t, err)
	again, err := spending.Reserve(c, 10, SpendingLimits{Job: 10})
	require.NoError(t, err, "it is the same call")
	assert.Equal(t, spending, again)
	assert.True(t, spending.Holds(c))
	settled := spending.Settle(c, Usage{Input: 3}, 7)
	assert.Equal(t, settled, settled.Settle(c, Usage{Input: 3}, 7))
	assert.Equal(t, Spending{Calls: 1, Usage: Usage{Input: 3}, Cost: 7}, settled.Model)
	assert.Equal(t, settled.Model, settled.Job)
	_, err = settled.Reserve(ModelCall{JobID: "j", Model: "b", ID: "1"}, 40_000_000_000, SpendingLimits{Job: TokenCostOf(Dollar)})
	assert.Equal(t, "budget: the budget of the job is used up: the next call may cost 4 USD, "+
		"and of 1 USD 0.0000000007 are spent and 0 reserved", MessageOf(err))
}

func TestBudgetsThatCannotBeEnforced(t *testing.T) {
	price, bound := &TokenPrice{Input: Dollar}, map[string]any{"max_tokens": 100.0}
	for name, c := range map[string]struct {
		model  ModelSpec
		budget Money
		want   string
	}{
		"none":                    {model: ModelSpec{}},
		"of the job":              {model: ModelSpec{Price: price, Params: bound}, budget: Dollar},
		"offline":                 {model: ModelSpec{BaseModel: "builtin/cash"}, budget: Dollar},
		"no price":                {model: ModelSpec{Params: bound}, budget: Dollar, want: `model "m" has no price`},
		"no bound":                {model: ModelSpec{Price: price}, budget: Dollar, want: `the answers of model "m" have no bound`},
		"of the model, no price":  {model: ModelSpec{Params: bound, Budget: Dollar}, want: "has no price"},
		"a bound that is none":    {model: ModelSpec{Price: price, Budget: 1, Params: map[string]any{"max_tokens": 0.0}}, want: "no bound"},
		"a bound that is a text":  {model: ModelSpec{Price: price, Budget: 1, Params: map[string]any{"max_tokens": "9"}}, want: "no bound"},
		"a bound under a new key": {model: ModelSpec{Price: price, Budget: 1, Params: map[string]any{"max_completion_tokens": 9.0}}},
	} {
		c.model.Signature = "m"
		err := Settings{Budget: c.budget, Models: []ModelSpec{c.model}}.CheckBudget()
		if c.want == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, c.want, name)
		assert.True(t, IsKind(err, KindInvalid), name)
	}
}

package agent

import (
	"context"
	"encoding/json"
)

// Calculator works out an arithmetic expression. Its result is JSON: a number, true or
// false. An error tells the model what is wrong with the expression.
type Calculator func(expression string) (json.RawMessage, error)

// UseCalculator gives the desk a calculator. Without this call the desk has no tool that
// calculates.
func (d *Desk) UseCalculator(c Calculator) { d.calculator = c }

var calculateSchema = json.RawMessage(`{"type":"object","properties":{` +
	`"expression":{"type":"string","description":"such as (10000 - 250.5) / 41.93; numbers, + - * / % **, comparisons, abs ` +
	`ceil floor round min max"}},` +
	`"required":["expression"],"additionalProperties":false}`)

func (d *Desk) calculateTool() Tool {
	return d.tool("calculate", "Work out an arithmetic expression.",
		calculateSchema, []string{"expression"}, d.calculate)
}

type calculateAnswer struct {
	Expression string          `json:"expression"`
	Result     json.RawMessage `json:"result"` // a number, true or false
}

func (d *Desk) calculate(_ context.Context, in input) (any, error) {
	expression, err := in.text("expression")
	if err != nil {
		return nil, err
	}
	result, err := d.calculator(expression)
	if err != nil {
		return nil, err
	}
	return calculateAnswer{expression, result}, nil
}

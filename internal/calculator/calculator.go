// Package calculator works out the arithmetic of models. Its library adds 6 MB to a
// binary, so only what runs sessions imports the package.
package calculator

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

const (
	maxExpressionBytes = 500
	maxExpressionNodes = 200
	memoryBudget       = 10_000
)

// Evaluate computes an expression of numbers and returns the result as JSON: a number,
// true or false. The library's language has loops, texts, clocks and more. All of
// that is refused, because models write the expressions. An error is of kind
// invalid_request, in words for the model.
func Evaluate(expression string) (json.RawMessage, error) {
	if len(expression) > maxExpressionBytes {
		return nil, sim.Errorf(sim.KindInvalid, "the expression has %d bytes: at most %d are allowed", len(expression), maxExpressionBytes)
	}
	guard := &arithmeticOnly{}
	program, err := expr.Compile(expression,
		expr.DisableAllBuiltins(),
		expr.EnableBuiltin("abs"), expr.EnableBuiltin("ceil"), expr.EnableBuiltin("floor"),
		expr.EnableBuiltin("round"), expr.EnableBuiltin("min"), expr.EnableBuiltin("max"),
		expr.Function("remainder", remainder, new(func(float64, float64) float64)),
		expr.MaxNodes(maxExpressionNodes),
		expr.Patch(guard),
	)
	if guard.foreign != "" {
		return nil, sim.Errorf(sim.KindInvalid,
			"the expression holds %s: only numbers, + - * / %% **, comparisons and abs, ceil, floor, round, min, max are understood", guard.foreign)
	}
	if err != nil {
		return nil, badExpression(err)
	}
	machine := vm.VM{MemoryBudget: memoryBudget}
	value, err := machine.Run(program, nil)
	if err != nil {
		return nil, badExpression(err)
	}
	switch v := value.(type) {
	case bool:
		return strconv.AppendBool(nil, v), nil
	case float64:
		return formatFloat(v)
	}
	return nil, sim.Errorf(sim.KindInvalid, "the expression does not give a number")
}

// formatFloat writes a number with 15 significant digits, which every decimal
// number survives: 0.1 + 0.2 is 0.3.
func formatFloat(v float64) (json.RawMessage, error) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil, sim.Errorf(sim.KindInvalid, "the result is not a finite number; is something divided by zero?")
	}
	return strconv.AppendFloat(nil, v, 'g', 15, 64), nil
}

func remainder(params ...any) (any, error) {
	return math.Mod(params[0].(float64), params[1].(float64)), nil //nolint:errcheck // expr checks the types of parameters
}

// badExpression keeps the first line of an error of the library; the rest draws an
// arrow below the expression.
func badExpression(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return sim.Errorf(sim.KindInvalid, "the expression cannot be worked out: %s", text.Clip(first, 200))
}

// arithmeticOnly visits the tree of an expression. It notes what is not arithmetic,
// and makes every number a float64, because integers would overflow silently.
type arithmeticOnly struct{ foreign string }

// Visit implements [ast.Visitor].
func (g *arithmeticOnly) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode:
		ast.Patch(node, &ast.FloatNode{Value: float64(n.Value)})
	case *ast.FloatNode, *ast.BoolNode, *ast.ConditionalNode:
	case *ast.UnaryNode:
		g.allow(n.Operator, "+", "-", "!", "not")
	case *ast.BinaryNode:
		g.allow(n.Operator, "+", "-", "*", "/", "%", "**", "^", "<", "<=", ">", ">=", "==", "!=", "and", "&&", "or", "||")
		if n.Operator == "%" {
			ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "remainder"}, Arguments: []ast.Node{n.Left, n.Right}})
		}
	case *ast.BuiltinNode:
		g.allow(n.Name, "abs", "ceil", "floor", "round", "min", "max")
	case *ast.CallNode:
		g.note("a function")
	case *ast.IdentifierNode:
		g.note("the name " + quote(n.Value))
	default:
		g.note("something else")
	}
}

func (g *arithmeticOnly) allow(operator string, allowed ...string) {
	if slices.Contains(allowed, operator) {
		return
	}
	g.note(quote(operator))
}

func (g *arithmeticOnly) note(what string) {
	if g.foreign == "" {
		g.foreign = what
	}
}

// quote quotes a text of the model in an error. A long text is cut.
func quote(s string) string { return `"` + text.Clip(s, 40) + `"` }

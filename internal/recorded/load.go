package recorded

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// maxLine bounds a row, in bytes. One with 100 symbols has about 1,500.
const maxLine = 1 << 20

// cashKey is the name under which positions hold the cash.
const cashKey = "CASH"

// row is one line of a recording.
type row struct {
	line   int // from 1 on
	date   sim.Date
	order  *order     // nil: no trade
	ledger sim.Ledger // after the row
	// silent marks a row without an order and without positions. AI-Trader writes
	// one when it finds no earlier row to continue from, and skips it when it reads.
	silent bool
}

// order is what a row did.
type order struct {
	action sim.EntryKind // buy or sell
	symbol string
	amount sim.Quantity
}

// Load reads a recording from a file. An error is of kind invalid_request, or not_found
// where the file does not exist. It names the file and the line, but not the folder,
// which callers of the API need not know.
func Load(path string) (*Recording, error) {
	name := filepath.Base(path)
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &sim.Error{Kind: sim.KindNotFound,
			Message: fmt.Sprintf("the recording %q does not exist: recorded/PATH is expected, absolute or relative to the configuration",
				name), Err: err}
	}
	if err != nil {
		return nil, &sim.Error{Kind: sim.KindInvalid, Message: fmt.Sprintf("the recording %q cannot be read", name), Err: err}
	}
	defer file.Close()
	return Read(name, file)
}

// Read reads a recording row by row, so that a huge line or file that is not a
// recording is refused early. Its errors begin with the name.
func Read(name string, r io.Reader) (*Recording, error) {
	rec := newRecording(name)
	lines := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			if at, ok := errors.AsType[*fs.PathError](err); ok {
				err = at.Err
			}
			return nil, sim.Errorf(sim.KindInvalid, "%s:%d: %w", name, number, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			parsed, err := parseRow(text)
			if err != nil {
				return nil, sim.Errorf(sim.KindInvalid, "%s:%d: %s", name, number, sim.MessageOf(err))
			}
			parsed.line = number
			if !parsed.silent {
				rec.add(parsed)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if len(rec.dates) == 0 {
		return nil, sim.Errorf(sim.KindInvalid, "%s: the recording has no row: a position.jsonl is expected", name)
	}
	slices.Sort(rec.dates)
	return rec, nil
}

// readLine reads up to and including the next line end. It returns io.EOF with
// the last line.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// rawRow is a line as it is written. Numbers keep their text, because another
// program wrote them as binary floating point.
type rawRow struct {
	Date      *string                `json:"date"`
	Action    *rawAction             `json:"this_action"`
	Positions map[string]json.Number `json:"positions"`
}

type rawAction struct {
	Action string      `json:"action"`
	Symbol string      `json:"symbol"`
	Amount json.Number `json:"amount"`
}

func parseRow(text []byte) (row, error) {
	var raw rawRow
	if err := json.Unmarshal(text, &raw); err != nil {
		return row{}, fmt.Errorf("not a row of a recording, a JSON object with date and positions: %w", err)
	}
	if raw.Date == nil {
		return row{}, errors.New("date is missing")
	}
	date, err := sim.ParseDate(*raw.Date)
	if err != nil {
		return row{}, fmt.Errorf("date: %s", sim.MessageOf(err))
	}
	parsed := row{date: date}
	if raw.Action != nil {
		if parsed.order, err = parseAction(*raw.Action); err != nil {
			return row{}, err
		}
	}
	if raw.Positions != nil && len(raw.Positions) == 0 && parsed.order == nil {
		parsed.silent = true
		return parsed, nil
	}
	parsed.ledger, err = parsePositions(raw.Positions)
	return parsed, err
}

func parsePositions(positions map[string]json.Number) (sim.Ledger, error) {
	cash, ok := positions[cashKey]
	if !ok {
		return sim.Ledger{}, errors.New("positions: CASH is missing")
	}
	amount, err := sim.RoundMoney(cash.String())
	if err != nil {
		return sim.Ledger{}, fmt.Errorf("positions: CASH: %s", sim.MessageOf(err))
	}
	ledger := sim.NewLedger(amount)
	for symbol, number := range positions {
		if symbol == cashKey {
			continue
		}
		held, err := sim.ParseQuantity(number.String())
		if err != nil {
			return sim.Ledger{}, fmt.Errorf("positions: %q: %s", symbol, sim.MessageOf(err))
		}
		if held != 0 {
			ledger.Holdings[symbol] = held
		}
	}
	return ledger, nil
}

// parseAction reads an action; nil is a day without one. Whether an order can be
// executed is left to the desk.
func parseAction(raw rawAction) (*order, error) {
	o := &order{symbol: raw.Symbol}
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(raw.Action)) {
	case "notrade":
		return nil, nil
	case "buy":
		o.action = sim.EntryBuy
	case "sell":
		o.action = sim.EntrySell
	default:
		return nil, fmt.Errorf("this_action: action %q: buy, sell or no_trade is expected", raw.Action)
	}
	if !sim.ValidSymbol(raw.Symbol) {
		return nil, fmt.Errorf("this_action: symbol %q is not a ticker", raw.Symbol)
	}
	amount, err := sim.ParseQuantity(raw.Amount.String())
	if err != nil {
		return nil, fmt.Errorf("this_action: amount: %s", sim.MessageOf(err))
	}
	if amount == 0 {
		return nil, nil // AI-Trader executes orders of no shares: they change nothing
	}
	o.amount = amount
	return o, nil
}

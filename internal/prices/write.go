package prices

import (
	"encoding/csv"
	"io"
	"strconv"

	"aitrader/internal/sim"
)

// WriteCSV writes bars in the order given, with the header that [Read]
// recognises. A bar of which only the open is known has its other fields empty.
// Prices are written exactly.
func WriteCSV(w io.Writer, bars []sim.SymbolBar) error {
	out := csv.NewWriter(w)
	if err := out.Write(barColumns); err != nil {
		return err
	}
	for _, row := range bars {
		if err := out.Write(csvRecord(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRecord(row sim.SymbolBar) []string {
	b := row.Bar
	if b.OpenOnly {
		return []string{row.Symbol, row.Date.String(), b.Open.String(), "", "", "", ""}
	}
	return []string{
		row.Symbol, row.Date.String(), b.Open.String(), b.High.String(), b.Low.String(), b.Close.String(),
		strconv.FormatInt(b.Volume, 10),
	}
}

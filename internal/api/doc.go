// Package api holds the JSON objects of the HTTP API: what the service answers, and
// what its clients read. Package httpapi fills them in and documents them; the
// command line and the MCP server decode them.
//
// Names, units and meanings are a contract with callers. Amounts are exact USD
// ([sim.Money], at most 4 decimals), percentages have at most 4 decimals
// ([sim.Percent], or float64 in statistics), ratios have at most 6, dates are
// YYYY-MM-DD, and timestamps are UTC. A pointer is null where a value is unknown or
// undefined.
//
// The tags doc, enum, nullable and format describe a member in the OpenAPI
// document; [Descriptions] holds those descriptions that are too long for a tag.
package api

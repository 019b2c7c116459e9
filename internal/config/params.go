package config

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// reservedParams are the parameters that the service sets.
var reservedParams = []string{"model", "messages", "tools", "functions"}

// params takes the parameters of every call to the provider, as encoding/json would
// decode them, without nulls. No parameters are nil.
func (d *decoder) params(o *object) map[string]any {
	for _, key := range reservedParams {
		if _, ok := o.values[key]; ok {
			d.mistake(o.at(key), "is set by this service and cannot be a parameter")
		}
	}
	if params := d.plainObject(o); len(params) > 0 {
		return params
	}
	return nil
}

// plainObject turns a part of the tree into what encoding/json would give.
func (d *decoder) plainObject(o *object) map[string]any {
	plain := make(map[string]any, len(o.keys))
	for _, key := range o.keys {
		value, ok := d.value(o, key)
		if !ok {
			continue
		}
		// Parameters are stored with a job and shown by the API.
		if secretName(key) {
			d.mistake(o.at(key), "has the name of a secret; keys belong into openai_api_key, as ${NAME}")
			continue
		}
		plain[key] = d.plainValue(o.at(key), value)
	}
	d.finish(o)
	return plain
}

func (d *decoder) plainValue(path string, value any) any {
	switch v := value.(type) {
	case *object:
		return d.plainObject(v)
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = d.plainValue(fmt.Sprintf("%s[%d]", path, i), element)
		}
		return list
	case json.Number:
		return d.plainNumber(path, v)
	default:
		return value
	}
}

// plainNumber returns a number as a float64, the type that a stored job returns. A
// whole number that float64 cannot hold exactly, such as a long seed, is a mistake.
func (d *decoder) plainNumber(path string, n json.Number) float64 {
	const exact = 1 << 53
	v, err := n.Float64()
	isWhole := !strings.ContainsAny(n.String(), ".eE")
	if err != nil || (isWhole && math.Abs(v) > exact) {
		d.problem(path, n, fmt.Sprintf("a number that is kept exactly is expected, a whole one at most %d", int64(exact)))
	}
	return v
}

// secretNames are names of fields and query parameters that carry secrets,
// without their hyphens and underscores.
var secretNames = map[string]bool{
	"key": true, "apikey": true, "xapikey": true, "accesskey": true, "secretkey": true, "subscriptionkey": true, "apisecret": true,
	"token": true, "accesstoken": true, "authtoken": true, "apitoken": true, "auth": true, "authorization": true, "bearer": true,
	"secret": true, "clientsecret": true, "password": true, "passwd": true, "credential": true, "credentials": true,
	"sig": true, "signature": true,
}

// secretName reports whether a field of this name holds a secret.
func secretName(name string) bool {
	return secretNames[strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))]
}

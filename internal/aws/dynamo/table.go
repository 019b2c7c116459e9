package dynamo

// The attributes of an item. The table's definition, in template.yaml, names only those of
// the key and of the time to live. Expressions never contain these names, but placeholders: DynamoDB
// refuses an expression with a reserved word.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	attrRev     = "rev"     // the revision, from 1 on
	attrForm    = "form"    // the version of the stored form
	attrJSON    = "json"    // the form as text,
	attrGzip    = "gzip"    // or compressed
	attrParts   = "parts"   // in how many items, if not one
	attrPart    = "part"    // which of them this is, from 1 on after the first
	attrExpires = "expires" // the time to live, in seconds since 1970
)

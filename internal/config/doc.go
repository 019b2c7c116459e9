// Package config reads configurations: the JSON files that say which models
// contest, from when on, with how much money and under which rules. Files
// written for AI-Trader load unchanged.
//
// [Decode] reads a text, [Load] a file and [Folder] a file by its name, and
// [Demo] is the built-in configuration over the sample market. Reading takes two steps:
// tree.go parses the JSON into a tree with paths and repeated keys, and fields.go takes
// single values out of it. A key that remains in the tree is unknown. All mistakes of a
// file are reported together, each with its JSON path, the value and what is allowed.
//
// Keys of providers are never part of the settings of a job: a [Model] holds a
// [KeyRef], which refers to the key and never prints it.
package config

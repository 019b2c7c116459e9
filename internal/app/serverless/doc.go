// Package serverless joins what all functions on AWS need: their environment, the
// table, the configurations in it, and secrets from the parameter store.
//
// Nothing in it knows HTTP, models or tools, so that a function links no more
// than it uses: package api adds the HTTP side, and package day the model-days.
package serverless

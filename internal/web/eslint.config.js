// @ts-check
// Every rule of ESLint's core, but for the exceptions below, each with its reason.

import js from "@eslint/js";
import globals from "globals";

const lengths = {
  "max-len": ["error", { code: 120 }],
  "max-lines-per-function": ["error", { max: 40 }],
  "max-params": ["error", { max: 4 }], // table(caption, columns, rows, rowAttributes)
  "max-statements": ["error", { max: 15 }], // 10 would cut functions that read from top to bottom
};

const exceptions = {
  "camelcase": "off", // the API's names have underscores, and the types check them
  "capitalized-comments": "off", // a comment on a function begins with its name, as in Go
  "curly": ["error", "multi-line"], // an early return fits on one line
  "func-style": ["error", "declaration", { allowArrowFunctions: true }], // one-liners are arrows
  "id-length": "off", // h and s make elements, x and y are coordinates, r is a row
  "no-await-in-loop": "off", // pages of an answer, and reports of a job, follow one another
  "no-inline-comments": "off", // units stand beside the value
  "no-magic-numbers": "off", // sizes in pixels, digits, HTTP statuses: a name would repeat the number
  "no-plusplus": ["error", { allowForLoopAfterthoughts: true }], // for (...; i++)
  "no-ternary": "off", // a choice of two values; no-nested-ternary holds
  "no-undefined": "off", // the API leaves fields out
  "no-use-before-define": ["error", { functions: false, classes: false }], // the page first, its parts below
  "one-var": ["error", "never"], // one name per line
  "prefer-named-capture-group": "off", // routes pass their groups by position
  "sort-imports": ["error", { ignoreDeclarationSort: true }], // one list by name of file, not by kind of import
  "sort-keys": "off", // keys are in the order in which they are shown
};

export default [
  js.configs.all,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { rules: { ...lengths, ...exceptions } },
  { files: ["page/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["pagetest/*.js"], languageOptions: { globals: globals.node } },
];

package config

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// Preset is a provider that a first configuration can be made for. Providers rename and
// retire models: the name is a start, not a promise.
type Preset struct {
	Name    string // --preset
	Title   string // for people
	BaseURL string
	KeyName string // the environment variable of the key; "": it needs none
	Model   string // the provider's name of a model that calls tools
	Params  map[string]any
	Models  string // where the provider lists models and prices; "": it runs on this machine
	Note    string // what to know before the first run; "": nothing
}

// presets were checked in November 2026, against the documentation of each provider.
var presets = []Preset{
	{
		Name: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", KeyName: "OPENAI_API_KEY", Model: "gpt-6.1-terra",
		// Its chat completions take tools only without reasoning.
		Params: map[string]any{"reasoning_effort": "none"},
		Models: "https://developers.openai.com/api/docs/models",
		Note:   "OpenAI's chat completions refuse tools at any other reasoning_effort than none for models since GPT-5.6",
	},
	{
		Name: "anthropic", Title: "Anthropic", BaseURL: "https://api.anthropic.com/v1", KeyName: "ANTHROPIC_API_KEY", Model: "claude-sonnet-5",
		Models: "https://platform.claude.com/docs/en/about-claude/models/overview",
		Note:   "through Anthropic's OpenAI compatibility, which caches no prompts",
	},
	{
		Name: "deepseek", Title: "DeepSeek", BaseURL: "https://api.deepseek.com", KeyName: "DEEPSEEK_API_KEY", Model: "deepseek-flash",
		Models: "https://api-docs.deepseek.com/quick_start/pricing",
	},
	{
		Name: "gemini", Title: "Google Gemini", BaseURL: "https://generativelanguage.googleapis.com/v1beta/openai",
		KeyName: "GEMINI_API_KEY", Model: "gemini-3.8-flash", Models: "https://ai.google.dev/gemini-api/docs/models",
	},
	{
		Name: "qwen", Title: "Alibaba Cloud Model Studio", BaseURL: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
		KeyName: "DASHSCOPE_API_KEY", Model: "qwen-plus", Models: "https://www.alibabacloud.com/help/en/model-studio/models",
		Note: "the address is that of the region Singapore; a key works only at the address of its own region, " +
			"and newer workspaces have one of their own",
	},
	{
		Name: "groq", Title: "Groq", BaseURL: "https://api.groq.com/openai/v1", KeyName: "GROQ_API_KEY", Model: "openai/gpt-oss-120b",
		Models: "https://console.groq.com/docs/models",
	},
	{
		Name: "mistral", Title: "Mistral", BaseURL: "https://api.mistral.ai/v1", KeyName: "MISTRAL_API_KEY", Model: "mistral-medium-latest",
		Models: "https://docs.mistral.ai/getting-started/models/",
	},
	{
		Name: "xai", Title: "xAI", BaseURL: "https://api.x.ai/v1", KeyName: "XAI_API_KEY", Model: "grok-4.3", Models: "https://docs.x.ai",
	},
	{
		Name: "openrouter", Title: "OpenRouter", BaseURL: "https://openrouter.ai/api/v1", KeyName: "OPENROUTER_API_KEY",
		Model: "anthropic/claude-sonnet-5", Models: "https://openrouter.ai/models?supported_parameters=tools",
	},
	{
		Name: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Model: "qwen3:8b",
		Note: "run `ollama pull qwen3:8b`, and start the server with OLLAMA_CONTEXT_LENGTH=32768: its default cuts the prompt without a word",
	},
	{
		Name: "vllm", Title: "vLLM", BaseURL: "http://127.0.0.1:8000/v1", Model: "Qwen/Qwen3-8B",
		Note: "run `vllm serve Qwen/Qwen3-8B --enable-auto-tool-choice --tool-call-parser hermes`",
	},
	{
		Name: "lmstudio", Title: "LM Studio", BaseURL: "http://127.0.0.1:1234/v1", Model: "qwen/qwen3-8b",
		Note: "load the model with a context of at least 32,768 tokens",
	},
}

// FindPreset returns the preset of a name. Kind invalid_request: there is none; the
// message lists the known ones.
func FindPreset(name string) (Preset, error) {
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, sim.Errorf(sim.KindInvalid, "preset %s: %s are known", quote(name), strings.Join(PresetNames(), ", "))
	}
	return presets[i], nil
}

// PresetNames lists the names of the presets.
func PresetNames() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.Name
	}
	return names
}

// presetFile is the form of a first configuration.
type presetFile struct {
	Benchmark string        `json:"benchmark"`
	Baselines bool          `json:"baselines,omitempty"`
	Models    []presetModel `json:"models"`
	Agent     struct {
		InitialCash int `json:"initial_cash"`
		MaxSteps    int `json:"max_steps"`
	} `json:"agent_config"`
}

type presetModel struct {
	Signature string         `json:"signature"`
	Name      string         `json:"name"`
	BaseModel string         `json:"basemodel"`
	BaseURL   string         `json:"openai_base_url,omitempty"`
	Key       string         `json:"openai_api_key,omitempty"`
	Params    map[string]any `json:"params,omitempty"`
}

// FirstFile returns the text of a first configuration: the model of a preset, and the
// built-in models to compare it with. The zero preset gives the built-in models alone.
func FirstFile(p Preset) ([]byte, error) {
	const benchmark = "QQQ"
	file := presetFile{Benchmark: benchmark}
	file.Agent.InitialCash, file.Agent.MaxSteps = 10_000, 30
	if p.Name != "" {
		file.Baselines, file.Models = true, []presetModel{p.model()}
	} else {
		for _, b := range baselines {
			base := b.baseModel
			if strings.HasSuffix(base, "=") {
				base += benchmark
			}
			file.Models = append(file.Models, presetModel{Signature: b.signature, Name: b.name, BaseModel: base})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(file)
	return b.Bytes(), err
}

func (p Preset) model() presetModel {
	m := presetModel{
		Signature: p.Signature(), Name: p.Model + " at " + p.Title, BaseModel: p.Model, BaseURL: p.BaseURL, Params: p.Params,
	}
	if p.KeyName != "" {
		m.Key = "${" + p.KeyName + "}"
	}
	return m
}

// Signature is the signature of the preset's model: its name without what a signature may
// not hold.
func (p Preset) Signature() string {
	name := p.Model[strings.LastIndexByte(p.Model, '/')+1:]
	return strings.ToLower(strings.ReplaceAll(name, ":", "-"))
}

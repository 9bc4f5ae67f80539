// The judge of our reader of compose files: docker's own loader, asked over lines of JSON.
//
// A request is one line, an answer is one line, in the same order. A request has a template and its env, or files and their env.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/docker/cli/cli/compose/loader"
	"github.com/docker/cli/cli/compose/template"
	"github.com/docker/cli/cli/compose/types"
	"github.com/sirupsen/logrus"
)

type request struct {
	// A text with variables, which is filled in as the values of a compose file are.
	Template *string `json:"template"`
	// Texts of compose files, in the order of COMPOSE_FILE.
	Files []string `json:"files"`
	// Where relative paths begin.
	Dir string            `json:"dir"`
	Env map[string]string `json:"env"`
}

type answer struct {
	Text    *string         `json:"text,omitempty"`
	Config  json.RawMessage `json:"config,omitempty"`
	Refused *string         `json:"refused,omitempty"`
}

func main() {
	logrus.SetLevel(logrus.PanicLevel)
	// The loader compiles its schema for every file, which is garbage at once.
	debug.SetGCPercent(800)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		said := answer{}
		if err := json.Unmarshal(line, &asked); err != nil {
			refuse(&said, err)
		} else {
			said = answered(asked)
		}
		if err := encoder.Encode(said); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// Whoever asks many at once gets the answers together.
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func refuse(said *answer, err error) {
	words := err.Error()
	*said = answer{Refused: &words}
}

// A panic of the loader is what docker's own process ends with: it accepts nothing.
func answered(asked request) (said answer) {
	defer func() {
		if fault := recover(); fault != nil {
			refuse(&said, fmt.Errorf("panic: %v", fault))
		}
	}()
	if asked.Template != nil {
		text, err := template.Substitute(*asked.Template, func(name string) (string, bool) {
			value, ok := asked.Env[name]
			return value, ok
		})
		if err != nil {
			refuse(&said, err)
			return said
		}
		return answer{Text: &text}
	}
	config, err := load(asked)
	if err != nil {
		refuse(&said, err)
		return said
	}
	said.Config, err = json.Marshal(config)
	if err != nil {
		refuse(&said, err)
	}
	return said
}

func load(asked request) (*types.Config, error) {
	details := types.ConfigDetails{WorkingDir: asked.Dir, Environment: asked.Env}
	for index, text := range asked.Files {
		dict, err := loader.ParseYAML([]byte(text))
		if err != nil {
			return nil, err
		}
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: fmt.Sprint(index), Config: dict})
	}
	config, err := loader.Load(details, loader.WithDiscardEnvFiles)
	if err != nil {
		return nil, err
	}
	return plain(config), nil
}

// Leaves out what says nothing about a deploy: the schema's version, extension fields, the order of services.
func plain(config *types.Config) *types.Config {
	config.Version = ""
	config.Extras = nil
	slices.SortFunc(config.Services, func(a, b types.ServiceConfig) int { return strings.Compare(a.Name, b.Name) })
	for index := range config.Services {
		service := &config.Services[index]
		service.Extras = nil
		for name, value := range service.Environment {
			// A name that nobody gave a value is not set in the container.
			if value == nil {
				delete(service.Environment, name)
			}
		}
	}
	for name, network := range config.Networks {
		network.Extras = nil
		config.Networks[name] = network
	}
	for name, volume := range config.Volumes {
		volume.Extras = nil
		config.Volumes[name] = volume
	}
	for name, secret := range config.Secrets {
		secret.Extras = nil
		config.Secrets[name] = secret
	}
	for name, one := range config.Configs {
		one.Extras = nil
		config.Configs[name] = one
	}
	return config
}

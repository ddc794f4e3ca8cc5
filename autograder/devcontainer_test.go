package main

import (
	"bytes"
	"encoding/json"
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// lineComment is a comment of devcontainer.json that has a line to itself, as all of them do.
	lineComment = regexp.MustCompile(`(?m)^\s*//.*$`)
	goDirective = regexp.MustCompile(`(?m)^go (\S+)$`)
)

// devContainer is what the lab says of its dev container, of what https://containers.dev/implementors/json_reference lists.
type devContainer struct {
	Name              string
	Image             string
	Features          map[string]struct{ Version string }
	RunArgs           []string
	PostCreateCommand string
	Customizations    map[string]any
}

func readDevContainer(t *testing.T) devContainer {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", ".devcontainer", "devcontainer.json"))
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(lineComment.ReplaceAll(content, nil)))
	decoder.DisallowUnknownFields()
	var container devContainer
	require.NoError(t, decoder.Decode(&container))
	return container
}

func TestTheDevContainerHasAGoThatCanBuildTheLab(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "go.mod"))
	require.NoError(t, err)
	directive := goDirective.FindSubmatch(content)
	require.NotNil(t, directive, "go.mod has no go directive")
	container := readDevContainer(t)
	offered := "go" + container.Features["ghcr.io/devcontainers/features/go:1"].Version
	wanted := "go" + string(directive[1])
	require.True(t, version.IsValid(offered), offered)
	assert.GreaterOrEqual(t, version.Compare(offered, wanted), 0, "devcontainer.json offers %s, and go.mod wants %s", offered, wanted)
	assert.Contains(t, container.Image, "/go:"+strings.TrimPrefix(version.Lang(offered), "go")+"-", "image and feature are of the same release")
}

func TestTheDevContainerLetsSandboxesBeMade(t *testing.T) {
	options := strings.Join(readDevContainer(t).RunArgs, " ")
	for _, option := range []string{"seccomp", "apparmor", "systempaths"} {
		assert.Contains(t, options, "--security-opt "+option+"=unconfined", "doctor gives this advice for Docker")
	}
}

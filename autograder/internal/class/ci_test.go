package class

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// strictly reads one of the files for CI services and wants every key to be one of the type's.
func strictly(t *testing.T, name string, into any) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "ci", name))
	require.NoError(t, err)
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into))
}

// grades is a command that grades a class.
var grades = regexp.MustCompile(`go tool autograder grade -class \S+ -out \S+`)

func TestTheWorkflowForGitHubGradesAllShardsAndMergesThem(t *testing.T) {
	var workflow struct {
		Name        string
		On          string
		Permissions map[string]string
		Jobs        map[string]struct {
			RunsOn   string `yaml:"runs-on"`
			Timeout  int    `yaml:"timeout-minutes"`
			Needs    string
			If       string
			Strategy struct {
				FailFast bool `yaml:"fail-fast"`
				Matrix   map[string][]int
			}
			Steps []struct {
				Uses, Run, If string
				With          map[string]string
			}
		}
	}
	strictly(t, "github.yml", &workflow)
	grade, merge := workflow.Jobs["grade"], workflow.Jobs["merge"]
	assert.Equal(t, []int{1, 2, 3, 4, 5}, grade.Strategy.Matrix["shard"])
	assert.Equal(t, "grade", merge.Needs)
	var lines []string
	for _, step := range append(grade.Steps, merge.Steps...) {
		assert.NotEqual(t, step.Uses == "", step.Run == "", "a step uses an action or runs a command")
		lines = append(lines, step.Run)
	}
	all := strings.Join(lines, "\n")
	assert.Regexp(t, grades, all)
	assert.Contains(t, all, "-shard ${{ matrix.shard }}/${{ strategy.job-total }}")
	assert.Contains(t, all, "-require L3", "SECURITY.md says so")
	assert.Contains(t, all, "autograder merge -o results shards/*")
}

func TestTheFileForGitLabGradesAllShardsAndMergesThem(t *testing.T) {
	type job struct {
		Stage, When string
		Parallel    int
		Script      []string
		Artifacts   struct {
			When  string
			Paths []string
		}
	}
	var file struct {
		Image  string
		Stages []string
		Grade  job
		Merge  job
	}
	strictly(t, "gitlab.yml", &file)
	assert.Equal(t, []string{file.Grade.Stage, file.Merge.Stage}, file.Stages)
	assert.Greater(t, file.Grade.Parallel, 1)
	assert.Regexp(t, grades, strings.Join(file.Grade.Script, "\n"))
	assert.Contains(t, file.Merge.Script, "go tool autograder merge -o results shard-*")
}

func TestTheJobForKubernetesHasAsManyPodsAsShards(t *testing.T) {
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Spec       struct {
			CompletionMode           string `yaml:"completionMode"`
			Completions, Parallelism int
			Template                 struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Name, Image  string
						WorkingDir   string `yaml:"workingDir"`
						Command      []string
						VolumeMounts []struct {
							Name      string
							MountPath string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct {
						Name                  string
						PersistentVolumeClaim struct {
							ClaimName string `yaml:"claimName"`
						} `yaml:"persistentVolumeClaim"`
					}
				}
			}
		}
	}
	strictly(t, "kubernetes.yml", &job)
	assert.Equal(t, []string{"batch/v1", "Job", "Indexed"}, []string{job.APIVersion, job.Kind, job.Spec.CompletionMode})
	command := strings.Join(job.Spec.Template.Spec.Containers[0].Command, " ")
	assert.Regexp(t, grades, command)
	shard, _, err := ParseShard(regexp.MustCompile(`-shard (\S+)`).FindStringSubmatch(command)[1], func(name string) string {
		return map[string]string{"JOB_COMPLETION_INDEX": "0"}[name]
	})
	require.NoError(t, err)
	assert.Equal(t, Shard{1, job.Spec.Completions}, shard)
}

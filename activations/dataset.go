package activations

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tell/activations/internal/input"
)

// expandDatasets replaces directories by the files of the format that is kept in
// them.
func expandDatasets(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		// Only a slash at the end tells that a remote path is a folder.
		is := input.State{}
		if !input.IsRemote(path) || strings.HasSuffix(path, "/") {
			var err error
			if is, err = input.Stat(path); err != nil {
				return nil, input.Plainly(err)
			}
		}
		if !is.Folder {
			files = append(files, path)
			continue
		}
		inside, err := directoryFiles(path)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	return files, nil
}

func directoryFiles(dir string) ([]string, error) {
	for _, format := range formats {
		if format.directory == nil {
			continue
		}
		if files, err := format.directory(dir); files != nil || err != nil {
			return files, err
		}
	}
	if !input.IsRemote(dir) {
		return nil, noDataset(dir)
	}
	return globbed(dir)
}

// savedShards finds the Arrow streams of a dataset that save_to_disk of Hugging
// Face datasets wrote, by what that records about them.
func savedShards(dir string) ([]string, error) {
	var state struct {
		Files []struct {
			Name string `json:"filename"`
		} `json:"_data_files"`
	}
	path := input.Join(dir, "state.json")
	err := input.ReadJSONFile(path, &state)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var shards []string
	for _, f := range state.Files {
		if !filepath.IsLocal(f.Name) {
			return nil, &FormatError{File: path, Part: "_data_files", Offset: -1,
				Found: fmt.Sprintf("%q", f.Name), Expected: "files of the directory"}
		}
		shards = append(shards, input.Join(dir, f.Name))
	}
	if len(shards) == 0 {
		return nil, &FormatError{File: path, Part: "_data_files", Offset: -1, Found: "no file", Expected: "the shards of a dataset"}
	}
	return shards, nil
}

// lmprobeIndex finds the Parquet index of a dataset of lmprobe.
func lmprobeIndex(dir string) ([]string, error) {
	names, err := input.List(input.Join(dir, "index"))
	if err != nil {
		return nil, nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".parquet") }), nil
}

// noDataset explains a directory without a state, perhaps one with splits.
func noDataset(dir string) error {
	var dict struct{ Splits []string }
	if err := input.ReadJSONFile(filepath.Join(dir, "dataset_dict.json"), &dict); err == nil && len(dict.Splits) > 0 {
		return &FormatError{File: dir, Offset: -1, Found: "a dataset with splits",
			Expected: "the directory of one split: " + strings.Join(dict.Splits, ", ")}
	}
	return &FormatError{File: dir, Offset: -1, Found: "a directory without state.json",
		Expected: "one that datasets' save_to_disk or lmprobe wrote, or a file or glob"}
}

#!/usr/bin/env bash
# Sets up, builds, and runs every test: format, conformance, recipes, documents, unit, property and end-to-end tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Deploy/setup.sh
Tests/Conformance/setup.sh

echo "test: checking the format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests

echo "test: building (the first build takes some minutes)"
Deploy/build.sh

Tests/Conformance/run.sh .build/release

echo "test: comparing every output with its recorded hash"
Tests/Recipes/run.sh .build/release

echo "test: following the links of the documents and running their commands"
Tests/Documents/run.sh .build/release

echo "test: opening the annotator in a browser"
Tests/Browser/run.sh .build/release --sample

Tests/run.sh --skip-build

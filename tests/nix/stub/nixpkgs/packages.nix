# Packages that the modules may name. Each is in nixpkgs under this very name (a comparison by hand, and the
# look-up of pkgs/by-name hold that); an unknown name is an error, as in nixpkgs.
{ config ? { } }:
let
  lib = import ./minilib.nix;
  # unfree in nixpkgs, which refuses them unless nixpkgs.config allows it
  unfree = name: p: if config.allowUnfree or false || (config.allowUnfreePredicate or (_: false)) p then p else throw "package ${name} has an unfree licence: set nixpkgs.config.allowUnfreePredicate";
  mk = pname: a: (derivation { name = pname; system = "x86_64-linux"; builder = "/bin/sh"; text = a.text or ""; }) // { inherit pname; version = "0"; meta.mainProgram = a.mainProgram or pname; } // removeAttrs a [ "mainProgram" ];
  names = [ "abra" "autoPatchelfHook" "bash" "bubblewrap" "chromium" "coreutils" "curl" "docker" "drone-cli" "drone-oss" "drone-runner-docker" "findutils" "gawk" "git" "gnugrep" "gnused" "gnutar" "gzip" "iproute2" "iptables" "jq" "nodejs" "openssh" "openssl" "pnpm" "restic" "rsync" "shellcheck" "sops" "age" "ssh-to-age" "systemd" "util-linux" "wget" "xz" "yq-go" "cacert" ];
  writer = name: text: mk name { inherit text; };
  format = { type = lib.types.attrsOf lib.types.unspecified; generate = name: v: mk name { text = builtins.toJSON v; }; };
in
lib.genAttrs names (n: mk n { }) // rec {
  inherit lib;
  system = "x86_64-linux";
  drone = unfree "drone" (mk "drone" { mainProgram = "drone-server"; });
  drone-runner-exec = unfree "drone-runner-exec" (mk "drone-runner-exec" { });
  nodejs_22 = mk "nodejs_22" { mainProgram = "node"; };
  nodejs_24 = mk "nodejs_24" { mainProgram = "node"; };
  runtimeShell = "/bin/bash";
  writeText = writer;
  writeScript = writer;
  writeShellScript = writer;
  writeShellScriptBin = writer;
  writeShellApplication = { name, text, runtimeInputs ? [ ], ... }: mk name { inherit text runtimeInputs; };
  runCommand = name: _: text: mk name { inherit text; };
  formats = lib.genAttrs [ "json" "yaml" "toml" "ini" "keyValue" ] (_: _: format);
  buildGoModule = a: mk (a.pname or a.name) { };
  buildNpmPackage = a: mk (a.pname or a.name) { };
  fetchurl = a: mk "source" { };
  fetchFromGitHub = a: mk "source" { };
  fetchFromGitea = a: mk "source" { };
  stdenv.mkDerivation = a: mk (a.pname or a.name) { };
  mkShell = a: mk (a.name or "shell") { };
  stdenv.cc.cc.lib = mk "gcc-lib" { };
  stdenv.hostPlatform.system = "x86_64-linux";
}

# The types that several modules share, and the way in which an option becomes a variable of cc-ci's environment.
{ lib }:
let
  inherit (lib) mkOption types;
  matching =
    words: pattern: types.strMatching pattern // { description = words; };
in
{
  duration = matching "duration such as \"30s\" (ms, s, m or h)" "([0-9]+(ms|s|m|h))+";
  limits = matching "pair <usual>/<most> such as \"2g/8g\"" "[0-9.]+[kmg]?/[0-9.]+[kmg]?";
  size = matching "size such as \"20g\"" "[1-9][0-9]*[mgt]";
  floor = matching "pair <percent>%/<size> such as \"10%/5g\"" "[0-9]{1,2}%/[0-9]+[mgt]";
  zone = matching "DNS zone of at most 30 characters such as \"ci.example.org\"" "[a-z0-9-]+(\\.[a-z0-9-]+)+";
  address = matching "IPv4 or IPv6 address" "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*";
  network = matching "IPv4 or IPv6 address or subnet" "[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]{1,2})?|[0-9a-fA-F:]*:[0-9a-fA-F:]*(/[0-9]{1,3})?";
  listen = matching "<host>:<port> such as \"127.0.0.1:8080\"" "(\\[[0-9a-f:]+]|[A-Za-z0-9_.-]+):[0-9]{1,5}";
  url = matching "https address, or http to this machine, without a user in it" "https://[^/@]+(/.*)?|http://(127\\.[0-9.]+|localhost|\\[::1])(:[0-9]+)?(/.*)?";
  login = matching "login" "[A-Za-z0-9][A-Za-z0-9_.-]*";
  repository = matching "<owner>/<name> of a repository" "[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+";
  # A word that stands as one argument in a unit, where a blank, a quote, `$` or `%` would mean something.
  word = matching "word without blanks, quotes, $ and %" "[A-Za-z0-9_./:@=,+~-]+";
  subnet = matching "IPv4 network of /16 or larger such as \"10.77.0.0/16\"" "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([89]|1[0-6])";
  # The text of a path and never the path itself, which Nix would copy to where everybody may read it.
  secretFile = matching "absolute path as text, outside of the Nix store" "/.*";

  # What is null is left to cc-ci's own default, which docs/runbook.md names.
  optional =
    type: example: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };
  host = url: lib.head (builtins.match "https?://\\[?([^:/]+|[0-9a-f:]+)]?(:[0-9]+)?(/.*)?" url);
  variables = lib.filterAttrs (_: value: value != null);
  inStore = file: lib.hasPrefix builtins.storeDir file;
}

# The proxy that all apps stand behind: the traefik recipe, deployed like any app, with the wildcard certificate.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
  unit = import ./units.nix {
    inherit lib;
    inherit (cfg) package;
  };
  settings = lib.concatLists (
    lib.mapAttrsToList (name: value: [
      "--set"
      "${name}=${value}"
    ]) cfg.proxy.settings
  );
  named = lib.filter (name: builtins.match "[A-Z_][A-Z0-9_]*" name == null) (lib.attrNames cfg.proxy.settings);
in
{
  options.services.cc-ci.proxy = {
    enable = mkOption {
      type = types.bool;
      default = cfg.site.certificateFile != null;
      defaultText = lib.literalExpression "config.services.cc-ci.site.certificateFile != null";
      example = true;
      description = "Whether the proxy is kept deployed. It needs the wildcard certificate.";
    };
    repository = mkOption {
      type = t.word;
      default = "https://git.coopcloud.tech/coop-cloud/traefik.git";
      example = "https://git.example.org/mirrors/traefik.git";
      description = "The traefik recipe.";
    };
    ref = mkOption {
      type = t.word;
      default = "HEAD";
      example = "3.2.1+v3.1.4";
      description = "Commit, branch or tag of the recipe. A branch moves on at each start of the machine; a tag or a commit does not.";
    };
    settings = mkOption {
      type = types.attrsOf t.word;
      default = { };
      example = {
        LOG_LEVEL = "INFO";
      };
      description = "Settings of the recipe's .env; a changed one is applied at the next activation.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.proxy.enable [
      80
      443
    ];

    systemd.services.cc-ci-proxy = lib.mkIf cfg.proxy.enable (
      unit "cc-ci-proxy" (
        [
          "--repo"
          cfg.proxy.repository
          "--ref"
          cfg.proxy.ref
        ]
        ++ settings
      )
      // {
        path = [
          pkgs.docker
          pkgs.git
        ];
      }
    );

    assertions = [
      {
        assertion = !cfg.proxy.enable || cfg.site.certificateFile != null;
        message = "services.cc-ci.proxy: needs site.certificateFile and site.certificateKeyFile; the wildcard certificate is given to cc-ci, which never asks an authority for one.";
      }
      {
        assertion = named == [ ];
        message = "services.cc-ci.proxy.settings: ${toString named} is no name of a variable.";
      }
    ];
  };
}

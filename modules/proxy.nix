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
  # What reaches a loopback address from the proxy's container is the container itself.
  reachable = listen: listen != null && builtins.match "(127\\.|localhost:|\\[::1]).*" listen == null;
  ours =
    lib.optionalAttrs (cfg.http.publicUrl != null && reachable cfg.http.listen) {
      ${t.host cfg.http.publicUrl} = "http://${cfg.http.listen}";
    }
    // lib.optionalAttrs (cfg.drone.server.enable && cfg.drone.server.host != null && reachable cfg.drone.server.listen) {
      ${cfg.drone.server.host} = "http://${cfg.drone.server.listen}";
    };
  routes = lib.concatLists (
    lib.mapAttrsToList (name: url: [
      "--route"
      "${name}=${url}"
    ]) cfg.proxy.routes
  );
  portsOf = url: map lib.toInt (lib.filter (port: port != null) [ (lib.head (builtins.match "https?://.*:([0-9]+)|.*" url)) ]);
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

  options.services.cc-ci.proxy.routes = mkOption {
    type = types.attrsOf (types.strMatching "https?://[^/@ ]+" // { description = "address of a program of this machine, as containers reach it"; });
    default = ours;
    defaultText = lib.literalExpression "the pages of cc-ci, and Drone where it is, if they listen where containers reach them";
    example = {
      "ci.example.org" = "http://172.18.0.1:8080";
    };
    description = "Names that the proxy leads to a program of this machine, beside the apps under test. Their ports are opened to containers alone.";
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.proxy.enable [
      80
      443
    ];

    networking.firewall.interfaces.docker_gwbridge.allowedTCPPorts = lib.mkIf cfg.proxy.enable (
      lib.concatMap portsOf (lib.attrValues cfg.proxy.routes)
    );

    systemd.services.cc-ci-proxy = lib.mkIf cfg.proxy.enable (
      unit "cc-ci-proxy" (
        [
          "--repo"
          cfg.proxy.repository
          "--ref"
          cfg.proxy.ref
        ]
        ++ settings
        ++ routes
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

# Drone, which shows runs as builds: its server, and the exec runner on this machine. NixOS has no module for them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.cc-ci;
  inherit (cfg.drone) server runner;
  t = import ./types.nix { inherit lib; };
  # A process has its environment from its start on, so that another secret is another start.
  restartTriggers = lib.optional (cfg.secrets.file != null && builtins.pathExists cfg.secrets.file) (
    builtins.hashFile "sha256" cfg.secrets.file
  );
  needs = names: "a file with ${names}, a line each as NAME=value";
  # What neither of the two needs.
  closed = {
    LockPersonality = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectSystem = "strict";
    RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
  };
in
{
  options.services.cc-ci.drone = {
    server = {
      enable = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether Drone's server runs on this machine.";
      };
      host = t.optional types.nonEmptyStr "drone.ci.example.org" "Name under which people and the forge reach the server.";
      listen = mkOption {
        type = t.listen;
        default = "127.0.0.1:8081";
        example = "127.0.0.1:8081";
        description = "Where the server answers the proxy.";
      };
      administrator = t.optional t.login "alice" "Login of the forge that administers Drone.";
      secretsFile = t.optional t.secretFile "/run/secrets/rendered/cc-ci/drone-server.env" (
        "The server's secrets: ${needs "DRONE_RPC_SECRET, DRONE_GITEA_CLIENT_ID and DRONE_GITEA_CLIENT_SECRET"}."
      );
    };
    runner = {
      enable = mkOption {
        type = types.bool;
        default = server.enable;
        defaultText = lib.literalExpression "config.services.cc-ci.drone.server.enable";
        example = true;
        description = "Whether the exec runner that shows runs is on this machine. It takes builds of the event `custom` alone.";
      };
      secretsFile = t.optional t.secretFile "/run/secrets/rendered/cc-ci/drone-runner.env" "The runner's secret: ${needs "DRONE_RPC_SECRET"}.";
    };
  };

  config = lib.mkIf cfg.enable {
    # Neither is free software; the names stand here so that nothing else comes in with them.
    nixpkgs.config.allowUnfreePredicate = package: lib.elem (lib.getName package) [
      "drone"
      "drone-runner-exec"
      "drone.io"
      "drone.io-oss"
    ];

    services.cc-ci.drone.url = lib.mkIf (server.enable && server.host != null) (lib.mkDefault "https://${server.host}");

    users = lib.mkIf server.enable {
      users.cc-ci-drone = {
        isSystemUser = true;
        group = "cc-ci-drone";
      };
      groups.cc-ci-drone = { };
    };

    systemd.services.cc-ci-drone = lib.mkIf server.enable {
      description = "Drone: its server";
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      inherit restartTriggers;
      environment = {
        DRONE_DATABASE_DATASOURCE = "/var/lib/cc-ci-drone/drone.sqlite";
        DRONE_DATABASE_DRIVER = "sqlite3";
        DRONE_GITEA_SERVER = cfg.gitea.url;
        DRONE_SERVER_HOST = server.host;
        DRONE_SERVER_PORT = server.listen;
        DRONE_SERVER_PROTO = "https";
        DRONE_USER_CREATE = if server.administrator == null then null else "username:${server.administrator},admin:true";
      };
      serviceConfig = closed // {
        ExecStart = lib.getExe pkgs.drone;
        Restart = "always";
        RestartSec = "5";
        EnvironmentFile = server.secretsFile;
        User = "cc-ci-drone";
        Group = "cc-ci-drone";
        StateDirectory = "cc-ci-drone";
        StateDirectoryMode = "0700";
        UMask = "0077";
        CapabilityBoundingSet = "";
        MemoryDenyWriteExecute = true;
        PrivateTmp = true;
        ProtectProc = "invisible";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
      };
    };

    systemd.services.cc-ci-drone-runner = lib.mkIf runner.enable {
      description = "Drone: the runner that shows runs of cc-ci";
      after = [
        "cc-ci.service"
        "network-online.target"
      ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      inherit restartTriggers;
      path = [
        cfg.package
        pkgs.bash
        pkgs.util-linux
      ];
      environment = {
        DRONE_LIMIT_EVENTS = "custom";
        DRONE_RPC_HOST = if cfg.drone.url == null then null else lib.removePrefix "https://" cfg.drone.url;
        DRONE_RPC_PROTO = "https";
        # One knob: with less, builds wait in Drone though their runs have begun.
        DRONE_RUNNER_CAPACITY = toString cfg.maxTests;
        DRONE_RUNNER_ENVIRON = lib.concatStringsSep "," (
          lib.mapAttrsToList (name: value: "${name}:${value}") (
            lib.filterAttrs (name: _: lib.elem name [
              "CCCI_RECIPES_DIR"
              "CCCI_STATE_DIR"
            ]) cfg.environment
          )
        );
      };
      serviceConfig = closed // {
        ExecStart = lib.getExe pkgs.drone-runner-exec;
        Restart = "always";
        RestartSec = "5";
        EnvironmentFile = runner.secretsFile;
        # A step that is told of the end cancels its run; the runner waits for its build by itself.
        KillMode = "process";
        ReadWritePaths = "/tmp /var/lib/cc-ci";
        # The state is root's, and to write into it is how a build that is cancelled cancels its run.
        CapabilityBoundingSet = "CAP_DAC_OVERRIDE";
      };
    };

    assertions = [
      {
        assertion = !server.enable || server.secretsFile != null;
        message = "services.cc-ci.drone.server: needs secretsFile, ${needs "DRONE_RPC_SECRET, DRONE_GITEA_CLIENT_ID and DRONE_GITEA_CLIENT_SECRET"}.";
      }
      {
        assertion = !server.enable || server.host != null;
        message = "services.cc-ci.drone.server: needs host, under which people and the forge reach it.";
      }
      {
        assertion = !server.enable || cfg.gitea.url != null;
        message = "services.cc-ci.drone.server: needs gitea.url, where its users log in.";
      }
      {
        assertion = !runner.enable || runner.secretsFile != null;
        message = "services.cc-ci.drone.runner: needs secretsFile, ${needs "DRONE_RPC_SECRET"}.";
      }
      {
        assertion = !runner.enable || cfg.drone.url != null;
        message = "services.cc-ci.drone.runner: needs drone.url, the server that it works for.";
      }
    ];
  };
}

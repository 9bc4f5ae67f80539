# The controller, which brings bridge, reporter, pages and reaper with it: what runs may do and take, and its unit.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
  unit = import ./units.nix {
    inherit lib;
    inherit (cfg) package;
  };
  # Words that a shell and systemd read alike, so that a person at the machine has what the units have.
  line = name: value: "${name}=${lib.escapeShellArg value}\n";
  environmentFile = lib.concatStrings (lib.mapAttrsToList line cfg.environment);
  # For a person at the machine; the sub-shell of `set -a` is the one that ends with it.
  ctl = pkgs.writeShellScriptBin "ccci-ctl" ''set -a; . /etc/cc-ci/environment; exec ${cfg.package}/bin/ccci-ctl "$@"'';
  # Each of these has an option that takes a file: a value here would stand in the Nix store.
  secretValues = [
    "CCCI_DRONE_TOKEN"
    "CCCI_GITEA_PASSWORD"
    "CCCI_GITEA_TOKEN"
    "CCCI_HOOK_SECRET"
    "CCCI_MIRROR_TOKEN"
  ];
  given = lib.attrNames cfg.extraEnvironment;
  named = lib.filter (name: lib.elem name given) secretValues;
in
{
  options.services.cc-ci = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether this machine is a cc-ci server: a swarm, a proxy, and the controller that tests recipes on it.";
    };
    package = mkOption {
      type = types.package;
      example = lib.literalExpression "inputs.cc-ci.packages.x86_64-linux.default";
      description = "cc-ci itself, with its npm packages.";
    };
    zone = mkOption {
      type = t.zone;
      example = "ci.example.org";
      description = "DNS zone of the apps under test, whose wildcard leads to this machine's proxy. Never the zone of the forge.";
    };
    maxTests = mkOption {
      type = types.ints.between 1 50;
      default = 1;
      example = 2;
      description = "How many runs there may be at a time (MAX_TESTS). Drone's runner has the same capacity.";
    };
    abra = mkOption {
      type = types.nullOr types.package;
      default = pkgs.abra;
      defaultText = lib.literalExpression "pkgs.abra";
      example = null;
      description = "The abra that deploys; null is cc-ci's built-in deployer.";
    };
    deployerTakes = t.optional (types.enum [
      "tree"
      "files"
    ]) "tree" "What the built-in deployer deploys: the tree that was judged, or the recipe's files, read once more.";
    resolveImage = t.optional (types.enum [
      "always"
      "changed"
      "never"
    ]) "always" "Whether Swarm asks the registry for digests; for the built-in deployer.";
    dockerHost = t.optional (types.strMatching "unix:///.+") "unix:///var/run/docker.sock" "Socket of the swarm manager.";
    proxyAddress = t.optional t.address "192.0.2.7" "Where the proxy answers, if DNS does not say so.";
    caFile = t.optional t.secretFile "/etc/ssl/own-ca.pem" "An authority to trust beside the system's; verification is never off.";
    recipesDir = t.optional t.secretFile "/srv/cc-ci/recipes" "Folder of the RecipeSpecs; those of the package where it is null. A file that is put there is taken up without a restart.";
    testsDir = t.optional t.secretFile "/srv/cc-ci/tests" "Folder with the tests of each recipe; that of the package where it is null.";
    reapMinAge = t.optional t.duration "2m" "What is younger is never reaped.";
    routeGrace = t.optional t.duration "30s" "How long the proxy may lag behind the swarm.";
    chromium = mkOption {
      type = types.nullOr t.secretFile;
      default = "${pkgs.chromium}/bin/chromium";
      defaultText = lib.literalExpression ''"''${pkgs.chromium}/bin/chromium"'';
      example = "/usr/bin/chromium";
      description = "The browser of screenshots and browser tests.";
    };
    logLevel = t.optional (types.enum [
      "debug"
      "info"
      "warn"
      "error"
      "silent"
    ]) "info" "How much the controller logs.";
    limits = {
      memory = t.optional t.limits "2g/8g" "Memory of each container: where the recipe says nothing, and at most.";
      cpus = t.optional t.limits "2/4" "Processors of each container, likewise.";
      pids = t.optional t.limits "1000/4000" "Processes and threads of each container, likewise.";
      tmpfs = t.optional t.limits "256m/1g" "Size of each tmpfs, likewise.";
      log = t.optional t.limits "10m/50m" "Size of each of a container's three log files, likewise.";
      disk = t.optional t.size "20g" "What volumes and writable layers of one run may hold together.";
      diskFloor = t.optional t.floor "10%/5g" "What stays free where Docker and the state keep their data.";
    };
    extraEnvironment = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        TZ = "Europe/Berlin";
      };
      description = "More variables for the controller. Everything that cc-ci knows has an option; a secret never belongs here.";
    };
    environment = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      example = {
        CCCI_ZONE = "ci.example.org";
      };
      description = "What the other modules made of their options.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.cc-ci.environment =
      t.variables {
        CCCI_STATE_DIR = "/var/lib/cc-ci";
        CCCI_ZONE = cfg.zone;
        CCCI_MAX_TESTS = toString cfg.maxTests;
        CCCI_ABRA_BIN = if cfg.abra == null then "${cfg.package}/bin/abra-builtin" else lib.getExe cfg.abra;
        CCCI_DEPLOYER_TAKES = cfg.deployerTakes;
        CCCI_RESOLVE_IMAGE = cfg.resolveImage;
        CCCI_DOCKER_HOST = cfg.dockerHost;
        CCCI_PROXY_ADDRESS = cfg.proxyAddress;
        CCCI_CA_FILE = cfg.caFile;
        CCCI_RECIPES_DIR = cfg.recipesDir;
        CCCI_TESTS_DIR = cfg.testsDir;
        CCCI_REAP_MIN_AGE = cfg.reapMinAge;
        CCCI_ROUTE_GRACE = cfg.routeGrace;
        CCCI_CHROMIUM = cfg.chromium;
        CCCI_LOG_LEVEL = cfg.logLevel;
        CCCI_LIMIT_MEMORY = cfg.limits.memory;
        CCCI_LIMIT_CPUS = cfg.limits.cpus;
        CCCI_LIMIT_PIDS = cfg.limits.pids;
        CCCI_LIMIT_TMPFS = cfg.limits.tmpfs;
        CCCI_LIMIT_LOG = cfg.limits.log;
        CCCI_LIMIT_DISK = cfg.limits.disk;
        CCCI_DISK_FLOOR = cfg.limits.diskFloor;
        # What git and Node keep for their user; /root is not there for the units.
        HOME = "/var/lib/cc-ci";
      }
      // cfg.extraEnvironment;

    environment.etc."cc-ci/environment".text = environmentFile;
    environment.systemPackages = [ ctl ];

    systemd.services.cc-ci = unit "cc-ci" [ ] // {
      path = [
        pkgs.bubblewrap
        pkgs.docker
        pkgs.git
        pkgs.openssl
        pkgs.restic
        pkgs.util-linux
      ];
      restartTriggers = [ environmentFile ];
    };

    assertions = [
      {
        assertion = lib.stringLength cfg.zone <= 30;
        message = "services.cc-ci.zone: \"${cfg.zone}\" has more than 30 characters; it is part of every stack name, which has 45.";
      }
      {
        assertion = named == [ ];
        message = "services.cc-ci.extraEnvironment: ${toString named} would stand in the Nix store, which everybody may read; set the option that takes a file.";
      }
      {
        assertion = lib.all (name: cfg.environment.${name} == cfg.extraEnvironment.${name}) given && !(lib.any (lib.hasPrefix "CCCI_") given);
        message = "services.cc-ci.extraEnvironment: ${toString (lib.filter (lib.hasPrefix "CCCI_") given)} has an option of its own, or is no variable of cc-ci.";
      }
    ];
  };
}

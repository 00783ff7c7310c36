<# : batch portion
@rem Millrace's launcher for Windows: finds a JDK 25, builds on first use or after a change, runs the command line.
@rem   MILLRACE_JAVA_OPTS  more options for the JVM, for example -Xmx8g
@rem   MILLRACE_CLASSPATH  more jars or folders, with schedules, layers or outputs of your own (named in META-INF/services)
@rem   MILLRACE_CONF       a deployment file of cluster-conf (default: cluster-conf\local.conf)
@rem Two commands that are started together before anything is built both build: start the first one alone.
@echo off
setlocal EnableExtensions DisableDelayedExpansion
set "root=%~dp0."
set "log=%root%\app\target\build.log"

set "jdk="
if defined JAVA_HOME set "home=%JAVA_HOME:"=%"
if defined JAVA_HOME call :is_25
if defined JDK_25 set "home=%JDK_25:"=%"
if defined JDK_25 call :is_25
for %%J in (java.exe) do if not "%%~$PATH:J"=="" for %%H in ("%%~dp$PATH:J..") do (
  set "home=%%~fH"
  call :is_25
)
for %%D in ("Eclipse Adoptium" "Java" "Microsoft") do for /d %%H in ("%ProgramFiles%\%%~D\*") do (
  set "home=%%~fH"
  call :is_25
)
if not defined jdk goto no_jdk

rem The class path may be longer than the 8191 characters that a command may have, so java reads it from a file.
set "MILLRACE_SCRIPT=%~f0"
set "MILLRACE_ARGUMENTS=%TEMP%\millrace-%RANDOM%-%RANDOM%.args"
rem where this was started from PowerShell 7, its modules are not for the older one
set "PSModulePath="
set "MILLRACE_BUILT="
call :prepare
if %ERRORLEVEL% equ 0 goto run
if %ERRORLEVEL% neq 3 goto unprepared

>&2 echo millrace: building (the first time this takes some minutes) ...
if not exist "%root%\app\target" mkdir "%root%\app\target"
set "JAVA_HOME=%jdk%"
call "%root%\mvnw.cmd" -q -B -f "%root%\pom.xml" -pl app -am -Dmaven.test.skip=true -Dspotless.check.skip=true package >"%log%" 2>&1
if %ERRORLEVEL% neq 0 goto failed
set "MILLRACE_BUILT=yes"
call :prepare
if %ERRORLEVEL% neq 0 goto unprepared

:run
rem a schedule of a thousand ranks is larger than anything that training keeps on the heap
set "heap=1g"
set "collector=SerialGC"
if "%~1"=="schedule" set "heap=3g"
if "%~1"=="simulate" set "heap=3g"
if "%heap%"=="3g" set "collector=ParallelGC"
set "conf=%root%\cluster-conf\local.conf"
if defined MILLRACE_CONF set "conf=%MILLRACE_CONF%"
rem one compute thread a stage actor
set "OMP_NUM_THREADS=1"
"%jdk%\bin\java.exe" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED ^
  --sun-misc-unsafe-memory-access=allow -XX:MaxDirectMemorySize=64g -XX:+Use%collector% -Xmx%heap% ^
  -XX:CompileCommand=quiet "-XX:CompileCommand=CompileThresholdScaling,millrace.nn.kernel.vector.*::*,0.3" ^
  "-Dconfig.file=%conf%" %MILLRACE_JAVA_OPTS% ^
  -Djava.awt.headless=true ^
  "@%MILLRACE_ARGUMENTS%" millrace.app.Main %*
set "status=%ERRORLEVEL%"
del "%MILLRACE_ARGUMENTS%" >nul 2>nul
exit /b %status%

:is_25
if defined jdk exit /b 0
if not exist "%home%\bin\javac.exe" exit /b 0
if not exist "%home%\release" exit /b 0
findstr /b /r "JAVA_VERSION=.25" "%home%\release" >nul && set "jdk=%home%"
exit /b 0

rem Runs the PowerShell below: 0 where the file for java is written, 3 where there is something to build.
:prepare
rem standard input is for java
powershell -NoProfile -Command "& ([Scriptblock]::Create((Get-Content -Raw -LiteralPath $env:MILLRACE_SCRIPT)))" <nul
exit /b %ERRORLEVEL%

:no_jdk
>&2 echo millrace: no JDK 25 found (expected: one in JAVA_HOME, in JDK_25, on the PATH, or in Program Files); install one, for example Temurin 25
exit /b 2

:failed
>&2 type "%log%"
>&2 echo millrace: the build failed (expected: success); the whole log is in "%log%"
exit /b 1

:unprepared
>&2 echo millrace: the class path could not be prepared (expected: Windows PowerShell on the PATH, and a folder TEMP that can be written)
exit /b 1
: end batch / begin powershell #>

$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $env:MILLRACE_SCRIPT
$classes = Join-Path $root 'app/target/classpath.txt'
if (!(Test-Path -LiteralPath $classes)) { exit 3 }
if ($env:MILLRACE_BUILT) {
  (Get-Item -LiteralPath $classes).LastWriteTimeUtc = [DateTime]::UtcNow
}
$built = (Get-Item -LiteralPath $classes).LastWriteTimeUtc
$sources = @(Join-Path $root 'pom.xml')
foreach ($module in 'proto', 'schedule', 'nn', 'actors', 'app') {
  $sources += Join-Path $root "$module/pom.xml"
  $sources += Join-Path $root "$module/src/main"
}
foreach ($source in $sources) {
  $newer = @(Get-Item -LiteralPath $source) + @(Get-ChildItem -LiteralPath $source -Recurse) |
    Where-Object { $_.LastWriteTimeUtc -gt $built }
  if ($newer) { exit 3 }
}

# java takes a backslash within quotes for an escape, and understands slashes
$path = @((Join-Path $root 'app/target/classes'), [IO.File]::ReadAllText($classes).Trim())
if ($env:MILLRACE_CLASSPATH) { $path += $env:MILLRACE_CLASSPATH }
$quoted = '"' + ($path -join [IO.Path]::PathSeparator).Replace('\', '/') + '"'
# in the encoding of the system, in which java reads it
[IO.File]::WriteAllText($env:MILLRACE_ARGUMENTS, "-cp $quoted", [Text.Encoding]::Default)
exit 0

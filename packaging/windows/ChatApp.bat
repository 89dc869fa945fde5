@echo off
rem Double click: the first time it sets ChatApp up in this console, later it opens the window.
rem Not tested on Windows yet.
setlocal
set "LAUNCH=%~dp0..\launch.py"
set "READY=%~dp0..\..\.venv\chatapp-setup.json"

where py >nul 2>nul
if errorlevel 1 goto without_py

if exist "%READY%" (
    start "" pyw -3 "%LAUNCH%" %*
    exit /b 0
)
py -3 "%LAUNCH%" %*
goto ended

:without_py
where python >nul 2>nul
if errorlevel 1 (
    echo Python was not found. Install Python 3.10 or newer from python.org, then open this again.
    pause
    exit /b 1
)
python "%LAUNCH%" %*

:ended
if errorlevel 1 pause
